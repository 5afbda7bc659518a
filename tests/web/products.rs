//! `/dashboard/products` and `/dashboard/product-types`: the catalogue that coupons are narrowed to.

use support::prelude::*;

on_both_databases! {
    async fn a_product_is_made_edited_archived_and_restored(app: App) {
        let admin = app.admin().await;
        admin.post_form("/dashboard/product-types", &[("key", "boat"), ("label", "Boat")]).await.expect(303);
        let form = admin.get("/dashboard/products/new").await.expect(200).page().form("main form");
        let form = form.with("name", "Dinghy").with("sku", "DINGHY-1").with("product_type", "boat");
        let page = admin.submit(&form).await.expect(422).page();
        assert!(page.field_errors()[0].contains("price"), "{:?}", page.field_errors());
        admin.submit(&form.clone().with("price", "12.50")).await.expect(303);
        assert!(admin.submit(&form.with("price", "1")).await.expect(422).page().field_errors()[0].contains("SKU"));
        let list = admin.get("/dashboard/products?q=dinghy-1").await.page();
        let path = list.attribute("tbody a", "href").unwrap();
        let edit = admin.get(&path).await.page().form("main form");
        admin.submit(&edit.with("name", "Large dinghy")).await.expect(303);
        let archived = admin.post_form(&format!("{path}/archive"), &[]).await.expect(303);
        let page = admin.follow(&archived).await.page();
        assert!(page.words().contains("Archived"));
        admin.submit(&page.form("#status form")).await.expect(303);
        let log = admin.get("/audit").await.page().words();
        for said in ["created product", "edited product", "archived product", "took back into the catalogue"] {
            assert!(log.contains(said), "{said}: {log}");
        }
    }

    async fn a_product_type_is_made_once_and_renamed(app: App) {
        let admin = app.admin().await;
        let fields = [("key", "boat"), ("label", "Boat"), ("recurring", "yes")];
        admin.post_form("/dashboard/product-types", &fields).await.expect(303);
        admin.post_form("/dashboard/product-types", &fields).await.expect(422);
        admin.post_form("/dashboard/product-types", &[("key", "Bad key"), ("label", "")]).await.expect(422);
        admin.post_form("/dashboard/product-types/boat", &[("label", "Vessel")]).await.expect(303);
        admin.post_form("/dashboard/product-types/none", &[("label", "Vessel")]).await.expect(404);
        assert!(admin.get("/dashboard/product-types").await.body.contains("Vessel"));
    }

    async fn a_product_is_found_by_any_letter_of_its_name_and_by_no_wildcard(app: App) {
        let admin = app.admin().await;
        make::product("Émile’s Ökö-Boot").create(&app).await;
        for (part, found) in [("%C3%89MILE", 1), ("%C3%B6k%C3%B6", 1), ("sku-", 1), ("%25", 0), ("_", 0)] {
            let list = admin.get(&format!("/dashboard/products?q={part}")).await.expect(200).page();
            assert_eq!(list.all("tbody tr").len(), found, "{part}: {}", list.words());
            let choices = admin.htmx_get(&format!("/dashboard/coupons/products?product_search={part}")).await.expect(200);
            assert_eq!(choices.body.contains("Émile’s Ökö-Boot"), found == 1, "{part}: {}", choices.body);
        }
        let form = admin.get("/dashboard/products?q=boot").await.page().attribute("tbody a", "href").unwrap();
        let edit = admin.get(&form).await.page().form("main form");
        admin.submit(&edit.with("name", "Ærø").with("price", "1")).await.expect(303);
        assert_eq!(admin.get("/dashboard/products?q=%C3%A6R%C3%98").await.page().all("tbody tr").len(), 1);
    }

    async fn a_type_without_a_name_comes_back_in_its_row_with_what_was_typed(app: App) {
        let admin = app.admin().await;
        admin.post_form("/dashboard/product-types", &[("key", "boat"), ("label", "Boat")]).await.expect(303);
        let form = admin.get("/dashboard/product-types").await.page().form("form[action$='/boat']");
        let page = admin.submit(&form.with("label", " ").with("recurring", "yes")).await.expect(422).page();
        assert_eq!(page.field_errors(), ["Enter a name."]);
        assert!(page.text("title").starts_with("Error: ") && page.has("nav a[href='/dashboard/products']"));
        let row = page.form("form[action$='/boat']");
        assert_eq!((row.value("label"), row.value("recurring")), (Some(" "), Some("yes")));
        assert_eq!(page.attribute("input[aria-invalid]", "aria-describedby").as_deref(), Some("type-boat-error"));
        admin.post_form("/dashboard/product-types/none", &[("label", "")]).await.expect(404);
    }
}
