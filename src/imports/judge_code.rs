//! What a row that says a code of a coupon would come to.

use super::judge::{Import, There, blank, of_code, place, reject};
use super::reading::Record;
use super::row::ToldCode;
use super::state::Outcome;
use crate::coupons::code::{Code, CodeKey};
use crate::db::tables::import_rows;
use crate::error::Error;
use crate::money::grouped;
use sea_orm::ConnectionTrait;
use uuid::Uuid;

/// What some rows would come to as codes of the coupon, in their order; the first of them is the row `first` of the file.
///
/// # Errors
/// When the database does not answer.
pub async fn codes(
    connection: &impl ConnectionTrait,
    import: Import<'_>,
    coupon: Uuid,
    (first, records): (i64, &[Record]),
) -> Result<Vec<import_rows::Model>, Error> {
    let reader = import.rows();
    let told: Vec<_> = records.iter().map(|record| reader.code(record)).collect();
    let keys: Vec<CodeKey> = told.iter().flatten().map(|told| told.code.key().clone()).collect();
    let mut there = There::look(connection, import.row, &keys).await?;
    let place = place(import.row);
    let mut judged = Vec::new();
    for ((record, told), number) in records.iter().zip(told).zip(first..) {
        let mut row = blank(import, number, record);
        match told {
            Err(problems) => reject(&mut row, Outcome::Rejected, problems),
            Ok(told) => {
                row.text = told.code.as_str().to_owned();
                row.key = Some(told.code.key().as_str().to_owned());
                row.said = match told.max_uses {
                    None => "As often as its coupon allows".to_owned(),
                    Some(1) => "One use".to_owned(),
                    Some(most) => format!("{} uses", grouped(most)),
                };
                let earlier = there.earlier(&told.code, record.number, &place);
                match (earlier, there.code(told.code.key())) {
                    (Some(sentence), _) => reject(&mut row, Outcome::Duplicate, vec![of_code(import, sentence)]),
                    (None, None) => row.warning = told.warnings.join(" "),
                    (None, Some(code)) => {
                        let back = there.was_taken_back(code) && code.coupon_id == coupon;
                        meet(import, &mut row, &told, (code, coupon, back));
                    }
                }
            }
        }
        judged.push(row);
    }
    Ok(judged)
}

/// A row whose code is there already.
fn meet(import: Import<'_>, row: &mut import_rows::Model, told: &ToldCode, (code, coupon, back): (&Code, Uuid, bool)) {
    row.coupon_id = Some(code.coupon_id);
    let sentence = if code.deleted_at.is_some() && back {
        row.code_id = Some(code.id);
        row.warning = format!("{} was taken back with an earlier import, and comes back.", code.text);
        return;
    } else if code.deleted_at.is_some() {
        format!("{} exists already and is deleted. Choose another code.", code.text)
    } else if code.text != told.code {
        format!("{} reads like {}, which exists already.", told.code, code.text)
    } else if code.coupon_id != coupon {
        format!("{} exists already and belongs to another coupon.", code.text)
    } else if code.max_uses != told.max_uses {
        let there =
            code.max_uses.map_or_else(|| "no maximum of its own".to_owned(), |most| format!("{} uses", grouped(most)));
        format!("{} exists already with {there}. An import changes nothing that is there.", code.text)
    } else {
        row.outcome = Outcome::Same.word().to_owned();
        return;
    };
    reject(row, Outcome::Duplicate, vec![of_code(import, sentence)]);
}
