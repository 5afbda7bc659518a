//! `/first-run`, on a database with nothing in it.

use support::prelude::*;
use vouchsafe::accounts::first_run;
use vouchsafe::clock::Clock;
use vouchsafe::config::Config;

#[tokio::test]
async fn the_first_run_makes_the_administrator_once() {
    support::app::tell(Database::Sqlite, |app| async move {
        let folder = tempfile::tempdir().unwrap();
        let config = Config { data: folder.path().to_owned(), database_url: None, ..app.config.clone() };
        let empty = vouchsafe::app::App::build(config, Clock::System).await.unwrap();
        let (url, db, handle) = (format!("http://{}", empty.address), empty.db.clone(), empty.handle());
        tokio::spawn(empty.run());
        let earlier = first_run::announce(&db, app.now()).await.unwrap().unwrap();
        let token = first_run::announce(&db, app.now()).await.unwrap().unwrap();
        let visitor = app.anonymous().at(&url);
        assert_eq!(visitor.get("/").await.expect(303).location(), "/first-run");
        let form = visitor.get("/first-run").await.expect(200).page().form("form[action='/first-run']");
        let form = form
            .with("tenant", "Rope & Signal")
            .with("support_contact", "help@rope.test")
            .with("name", "Ada")
            .with("email", "ada@rope.test")
            .with("password", "long enough");
        let page = visitor.submit(&form.clone().with("token", &earlier)).await.expect(422).page();
        assert_eq!(page.field_errors().len(), 1, "only the token is wrong");
        let form = form.with("token", &token);
        let made = visitor.submit(&form).await.expect(303);
        assert_eq!(visitor.follow(&made).await.expect(303).location(), "/dashboard/coupons");
        assert_eq!(visitor.get("/platform").await.expect(200).page().texts("tbody .table__sub"), ["rope-signal"]);
        visitor.get("/first-run").await.expect(404);
        visitor.submit(&form).await.expect(404);
        assert!(first_run::announce(&db, app.now()).await.unwrap().is_none());
        handle.stop(false).await;
    })
    .await;
}
