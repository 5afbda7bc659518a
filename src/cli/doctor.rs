//! `doctor`: counts every counter, balance and grant again.

use crate::audit::Actor;
use crate::clock::Clock;
use crate::config::Config;
use crate::db::Db;
use crate::db::tables::tenants as rows;
use crate::redemptions::doctor::{Difference, Outcome, examine, repair};
use anyhow::{Context, bail};
use clap::Args;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
use serde_json::{Value, json};
use std::process::ExitCode;

/// There are differences, and they stay.
const DIFFERENCES: u8 = 1;
/// What a doctor says who could not look.
pub const COULD_NOT_RUN: u8 = 2;

/// What `doctor` takes.
#[derive(Debug, Args)]
pub struct Doctor {
    /// Put the counts in the place of what is kept; every repair is on record in the audit log.
    #[arg(long)]
    repair: bool,
    /// Print one JSON document.
    #[arg(long)]
    json: bool,
    /// Look at this tenant alone.
    #[arg(long, value_name = "SLUG")]
    tenant: Option<String>,
}

/// A difference of a tenant, and what became of it.
struct Finding {
    tenant: String,
    difference: Difference,
    outcome: Option<Outcome>,
}

/// Does what `doctor` says. The server may run meanwhile.
///
/// # Errors
/// When it cannot look at all.
pub async fn run(config: &Config, doctor: Doctor) -> anyhow::Result<ExitCode> {
    let file = config.data.join("vouchsafe.db");
    if config.database_url.is_none() && !file.exists() {
        bail!("there is no database at {}", file.display());
    }
    let db = Db::open(config).await.context("cannot open the database")?;
    let findings = look(&db, &doctor).await;
    db.close().await;
    let findings = findings?;
    let stay = findings.iter().filter(|finding| finding.stays()).count();
    if doctor.json {
        say_json(&findings, stay)
    } else {
        say(&findings, stay, doctor.repair)
    }
    Ok(if stay == 0 { ExitCode::SUCCESS } else { ExitCode::from(DIFFERENCES) })
}

async fn look(db: &Db, doctor: &Doctor) -> anyhow::Result<Vec<Finding>> {
    if !db.is_ready().await.context("cannot read the database")? {
        bail!("the schema of the database is not the newest; bring it up to date with: vouchsafe migrate");
    }
    let mut tenants = rows::Entity::find().order_by_asc(rows::Column::Slug);
    if let Some(slug) = &doctor.tenant {
        tenants = tenants.filter(rows::Column::Slug.eq(slug.as_str()));
    }
    let tenants = tenants.all(db.read()).await?;
    if let (Some(slug), true) = (&doctor.tenant, tenants.is_empty()) {
        bail!("no tenant has the short name {slug}");
    }
    let mut findings = Vec::new();
    for tenant in tenants {
        for difference in examine(db, tenant.id).await? {
            let outcome = if doctor.repair {
                Some(repair(db, &Actor::system("doctor"), tenant.id, &difference, Clock::System.now()).await?)
            } else {
                None
            };
            findings.push(Finding { tenant: tenant.slug.clone(), difference, outcome });
        }
    }
    Ok(findings)
}

impl Finding {
    const fn stays(&self) -> bool {
        !matches!(self.outcome, Some(Outcome::Repaired | Outcome::Gone))
    }

    fn line(&self) -> String {
        let Difference { what, label, fields } = &self.difference;
        let figure = |field: &crate::redemptions::doctor::Field| {
            format!("{} counted {}, kept {}", field.name, field.counted, field.kept)
        };
        let figures: Vec<_> = fields.iter().map(figure).collect();
        let end = match &self.outcome {
            None => String::new(),
            Some(Outcome::Repaired) => " – repaired".to_owned(),
            Some(Outcome::Gone) => " – right by now".to_owned(),
            Some(Outcome::Left(why)) => format!(" – left as it is. {why}"),
        };
        format!("{}: {} {label:?} ({}): {}{end}", self.tenant, what.word(), what.which(), figures.join("; "))
    }

    fn json(&self) -> Value {
        let fields = self.difference.fields.iter();
        let fields = fields.map(|it| json!({ "name": it.name, "counted": it.counted, "kept": it.kept }));
        let (outcome, why) = match &self.outcome {
            None => ("found", None),
            Some(Outcome::Repaired) => ("repaired", None),
            Some(Outcome::Gone) => ("gone", None),
            Some(Outcome::Left(why)) => ("left", Some(*why)),
        };
        json!({
            "tenant": self.tenant,
            "what": self.difference.what.word(),
            "id": self.difference.what.which(),
            "label": self.difference.label,
            "fields": fields.collect::<Vec<_>>(),
            "outcome": outcome,
            "why": why,
        })
    }
}

fn say(findings: &[Finding], stay: usize, repaired: bool) {
    for finding in findings {
        println!("{}", finding.line());
    }
    match (findings.len(), stay, repaired) {
        (0, ..) => println!("Everything was counted again. 0 differences."),
        (found, 0, _) => println!("{found} found, all of them mended."),
        (found, stay, true) => println!("{found} found, {stay} left as they are."),
        (found, _, false) => println!("{found} found. `vouchsafe doctor --repair` puts the counts in their place."),
    }
}

fn say_json(findings: &[Finding], stay: usize) {
    let findings: Vec<_> = findings.iter().map(Finding::json).collect();
    println!("{:#}", json!({ "differences": findings, "left": stay }));
}
