//! Pictures of resources and floor plans, under a hash of their bytes. They are written before the command that gives one to a
//! resource, outside of the engine, and what nothing has is swept away when it is old enough that no command is on its way.

use bronya_domain::ids::PictureId;
use jiff::Timestamp;
use sha2::{Digest as _, Sha256};

use crate::db::{Sql, Tx};
use crate::error::Result;

/// One that is there already is as good as new: the sweep looks at when somebody last wanted it.
pub(crate) const PUT: Sql<3> = Sql::new(
    "INSERT INTO picture (id, bytes, created_at) VALUES ($1, $2, $3)
    ON CONFLICT (id) DO UPDATE SET created_at = excluded.created_at",
);
pub(crate) const BYTES: Sql<1> = Sql::new("SELECT bytes FROM picture WHERE id = $1");
pub(crate) const SWEEP: Sql<2> = Sql::new(
    "DELETE FROM picture WHERE id IN (
        SELECT old.id FROM picture AS old
        WHERE old.created_at < $1 AND NOT EXISTS (
            SELECT 1 FROM resource WHERE resource.picture_id = old.id AND resource.deleted_at IS NULL
        ) AND NOT EXISTS (SELECT 1 FROM floor_plan WHERE floor_plan.picture_id = old.id)
        LIMIT $2)
    AND created_at < $1",
);

/// Keeps a picture; its id.
pub async fn put(tx: &mut Tx, bytes: Vec<u8>, now: Timestamp) -> Result<PictureId> {
    let mut id = [0; 16];
    id.copy_from_slice(&Sha256::digest(&bytes)[..16]);
    let id = PictureId(uuid::Builder::from_custom_bytes(id).into_uuid());
    tx.execute(&PUT, [id.into(), bytes.into(), now.into()]).await?;
    Ok(id)
}

/// The bytes of a picture.
pub async fn bytes(tx: &mut Tx, id: PictureId) -> Result<Option<Vec<u8>>> {
    tx.row(&BYTES, [id.into()], |row| row.get(0)).await
}
