//! Files in chunks: whole or not there, for every process, until their time is over.

use chrono::Duration;
use futures_util::TryStreamExt;
use sea_orm::{EntityTrait, PaginatorTrait};
use support::prelude::*;
use uuid::Uuid;
use vouchsafe::db::tables::{file_chunks, files as rows};
use vouchsafe::files::{self, CHUNK, File, New, Writer};

fn new(app: &App) -> New {
    New { tenant: app.tenant, name: "a.bin".to_owned(), media_type: "application/octet-stream".to_owned() }
}

/// So many bytes, of which no two chunks are the same.
fn bytes(count: usize) -> Vec<u8> {
    (0..count).map(|at| u8::try_from((at * 7 + at / 1_000) % 251).unwrap()).collect()
}

async fn write(app: &App, content: &[u8], hours: i64) -> File {
    let now = app.now();
    let mut writer = Writer::create(&app.db, new(app), now).await.unwrap();
    for piece in content.chunks(100_000) {
        writer.write(piece).await.unwrap();
    }
    assert!(
        files::finished(app.db.read(), app.tenant, writer.id(), now).await.unwrap().is_none(),
        "it is not whole yet"
    );
    let tx = app.db.begin().await.unwrap();
    let file = writer.finish(&tx, now + Duration::hours(hours), now).await.unwrap();
    tx.commit().await.unwrap();
    file
}

async fn read(app: &App, file: &File) -> Vec<u8> {
    let chunks: Vec<_> = files::content(&app.db, file).try_collect().await.unwrap();
    chunks.concat()
}

async fn count(app: &App) -> (u64, u64) {
    let (db, chunks) = (app.db.read(), file_chunks::Entity::find());
    (rows::Entity::find().count(db).await.unwrap(), chunks.count(db).await.unwrap())
}

on_both_databases! {
    async fn a_file_comes_back_as_it_was_written(app: App) {
        for size in [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK + 77] {
            let content = bytes(size);
            let file = write(&app, &content, 1).await;
            let found = files::finished(app.db.read(), app.tenant, file.id, app.now()).await.unwrap().expect("a file");
            assert_eq!((found.size, found.hash.len()), (i64::try_from(size).unwrap(), 64));
            assert!(read(&app, &found).await == content, "{size} bytes");
            assert!(files::finished(app.db.read(), Uuid::now_v7(), file.id, app.now()).await.unwrap().is_none(), "another tenant has none");
        }
        assert_eq!(count(&app).await, (6, 9), "0 + 1 + 1 + 1 + 2 + 4 chunks");
    }

    async fn files_are_removed_when_their_time_is_over_and_so_is_what_was_left_behind(app: App) {
        let (short, long) = (write(&app, &bytes(9 * CHUNK), 1).await, write(&app, b"stays", 48).await);
        let mut left = Writer::create(&app.db, new(&app), app.now()).await.unwrap();
        left.write(&bytes(2 * CHUNK + 1)).await.unwrap();
        assert_eq!(files::sweep(&app.db, app.now()).await.unwrap(), 0);
        let later = app.now() + Duration::hours(2);
        assert!(files::finished(app.db.read(), app.tenant, short.id, later).await.unwrap().is_none(), "over is over, swept or not");
        assert_eq!(files::sweep(&app.db, later).await.unwrap(), 1);
        assert_eq!(count(&app).await, (2, 3));
        // Whoever reads it meanwhile is told; nobody takes half a file for a whole one.
        let broken: Result<Vec<_>, _> = files::content(&app.db, &short).try_collect().await;
        assert!(broken.is_err());
        assert_eq!(vouchsafe::app::sweep(&app.db, app.now() + Duration::hours(25)).await.unwrap(), 1);
        assert_eq!(count(&app).await, (1, 1), "what nobody finished within a day is gone");
        assert_eq!(read(&app, &long).await, b"stays");
        // Whoever wakes up and writes on finds out.
        let more = left.write(&bytes(CHUNK)).await;
        assert!(more.is_err());
    }
}
