//! Kinds of resource that somebody declared. What a kind declares is kept as sets of rules are: JSON under a hash of
//! itself, so that what was read once can be kept in memory and is never wrong.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, LazyLock, PoisonError, RwLock};

use bronya_domain::ids::KindId;
use bronya_domain::kind::{Field, FieldType, Kind, KindAttributes, Schema};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use crate::db::{Around, Each, Row, Sql, Step, Tx, Value};
use crate::error::{Result, StoreError};

/// Declarations that are kept in memory.
const KEPT_MAX: usize = 10_000;
/// Kinds that can be declared: what one list shows.
pub const KINDS_MAX: u32 = 200;

/// A kind's columns, in the order in which [`Unresolved`] reads them.
macro_rules! kind_columns {
    () => {
        "id, name, labels, schema_id, version, created_at, updated_at"
    };
}

pub(crate) const LOAD_SCHEMAS: Each<1> = Each::new(
    "SELECT id, body FROM kind_schema WHERE id = $1",
    "SELECT id, body FROM kind_schema WHERE id = ANY ($1::uuid[])",
);
pub(crate) const INSERT_SCHEMA: Sql<3> =
    Sql::new("INSERT INTO kind_schema (id, body, created_at) VALUES ($1, $2, $3) ON CONFLICT (id) DO NOTHING");
pub(crate) const LIST: Sql<1> =
    Sql::new(concat!("SELECT ", kind_columns!(), " FROM declared_kind ORDER BY name LIMIT $1"));
pub(crate) const BY_ID: Sql<1> = Sql::new(concat!("SELECT ", kind_columns!(), " FROM declared_kind WHERE id = $1"));
pub(crate) const BY_NAME: Sql<1> = Sql::new(concat!("SELECT ", kind_columns!(), " FROM declared_kind WHERE name = $1"));
/// Writes nothing new: it locks the row, and returns what stands in it under the lock.
pub(crate) const HOLD: Sql<1> =
    Sql::new(concat!("UPDATE declared_kind SET version = version WHERE id = $1 RETURNING ", kind_columns!()));
pub(crate) const COUNT: Sql<0> = Sql::new("SELECT count(*) FROM declared_kind");
pub(crate) const INSERT: Sql<6> = Sql::new(
    "INSERT INTO declared_kind (id, name, labels, schema_id, version, created_at, updated_at)
    VALUES ($1, $2, $3, $4, $5, $6, $6)",
);
pub(crate) const UPDATE: Sql<5> = Sql::new(
    "UPDATE declared_kind SET name = $1, labels = $2, schema_id = $3, updated_at = $4, version = version + 1
    WHERE id = $5",
);
pub(crate) const DELETE: Sql<1> = Sql::new("DELETE FROM declared_kind WHERE id = $1");

static KEPT: LazyLock<RwLock<HashMap<Uuid, Arc<Schema>>>> = LazyLock::new(RwLock::default);

/// What is declared under these ids, from memory or else from the database.
pub(crate) async fn load(tx: &mut Tx, ids: BTreeSet<Uuid>) -> Result<HashMap<Uuid, Arc<Schema>>> {
    let mut found = HashMap::new();
    let mut missing: Vec<[Value; 1]> = Vec::new();
    {
        let kept = KEPT.read().unwrap_or_else(PoisonError::into_inner);
        for id in ids {
            match kept.get(&id) {
                Some(schema) => {
                    found.insert(id, Arc::clone(schema));
                }
                None => missing.push([id.into()]),
            }
        }
    }
    if missing.is_empty() {
        return Ok(found);
    }
    let mut loaded: Vec<(Uuid, Arc<Schema>)> = Vec::with_capacity(missing.len());
    let mut sink = |row: &Row<'_>| {
        let (id, body): (Uuid, String) = (row.get(0)?, row.get(1)?);
        let stored: StoredSchema =
            serde_json::from_str(&body).map_err(|error| StoreError::inconsistent("kind_schema", "body", &error))?;
        loaded.push((id, Arc::new(stored.into())));
        Ok(())
    };
    tx.pipeline(Around::Nothing, vec![Step::each(&LOAD_SCHEMAS, &missing, Some(&mut sink))]).await?;
    let mut kept = KEPT.write().unwrap_or_else(PoisonError::into_inner);
    if KEPT_MAX < kept.len() + loaded.len() {
        kept.clear();
    }
    for (id, schema) in loaded {
        kept.insert(id, Arc::clone(&schema));
        found.insert(id, schema);
    }
    Ok(found)
}

/// What a column names; nothing where it names nothing.
pub(crate) fn of(id: Option<Uuid>, found: &HashMap<Uuid, Arc<Schema>>) -> Result<Arc<Schema>> {
    match id {
        None => Ok(Arc::default()),
        Some(id) => found
            .get(&id)
            .cloned()
            .ok_or_else(|| StoreError::inconsistent("kind_schema", "id", &format!("nothing declared under {id}"))),
    }
}

async fn put_schema(tx: &mut Tx, schema: &Schema, now: Timestamp) -> Result<Uuid> {
    // Nothing in it can fail to be written: there are no maps with odd keys, and numbers are whole.
    let body = serde_json::to_string(&StoredSchema::from(schema)).unwrap_or_default();
    let mut id = [0; 16];
    id.copy_from_slice(&Sha256::digest(&body)[..16]);
    let id = uuid::Builder::from_custom_bytes(id).into_uuid();
    tx.execute(&INSERT_SCHEMA, [id.into(), body.into(), now.into()]).await?;
    Ok(id)
}

/// Every kind, by name.
pub async fn list(tx: &mut Tx) -> Result<Vec<Kind>> {
    let found = tx.rows(&LIST, [KINDS_MAX.into()], Unresolved::read).await?;
    resolve(tx, found).await
}

/// The kind with this id.
pub async fn by_id(tx: &mut Tx, id: KindId) -> Result<Option<Kind>> {
    let found = tx.rows(&BY_ID, [id.into()], Unresolved::read).await?;
    Ok(resolve(tx, found).await?.pop())
}

/// The kind of this name.
pub async fn by_name(tx: &mut Tx, name: &str) -> Result<Option<Kind>> {
    let found = tx.rows(&BY_NAME, [name.into()], Unresolved::read).await?;
    Ok(resolve(tx, found).await?.pop())
}

/// The kind with this id, with nobody else changing it until the transaction ends.
pub async fn hold(tx: &mut Tx, id: KindId) -> Result<Option<Kind>> {
    let found = tx.rows(&HOLD, [id.into()], Unresolved::read).await?;
    Ok(resolve(tx, found).await?.pop())
}

/// How many kinds there are.
pub async fn count(tx: &mut Tx) -> Result<u32> {
    Ok(tx.row(&COUNT, [], |row| row.get(0)).await?.unwrap_or(0))
}

/// Adds a kind; [`StoreError::NotUnique`] where there is one of its name.
pub async fn insert(tx: &mut Tx, kind: &Kind) -> Result<()> {
    let attributes = &kind.attributes;
    let schema = put_schema(tx, &attributes.schema, kind.created_at).await?;
    let values = [
        kind.id.into(),
        attributes.name.as_str().into(),
        labels(attributes).into(),
        schema.into(),
        kind.version.into(),
        kind.created_at.into(),
    ];
    tx.execute(&INSERT, values).await?;
    Ok(())
}

/// Writes a kind that is [held](hold), one version on; [`StoreError::NotUnique`] where there is one of its name.
pub async fn update(tx: &mut Tx, kind: &mut Kind, now: Timestamp) -> Result<()> {
    let attributes = &kind.attributes;
    let schema = put_schema(tx, &attributes.schema, now).await?;
    let values =
        [attributes.name.as_str().into(), labels(attributes).into(), schema.into(), now.into(), kind.id.into()];
    tx.execute(&UPDATE, values).await?;
    (kind.version, kind.updated_at) = (kind.version + 1, now);
    Ok(())
}

/// Takes a kind away that is [held](hold). Its resources keep the word.
pub async fn delete(tx: &mut Tx, id: KindId) -> Result<()> {
    tx.execute(&DELETE, [id.into()]).await?;
    Ok(())
}

fn labels(attributes: &KindAttributes) -> String {
    serde_json::to_string(&attributes.labels).unwrap_or_default()
}

/// A kind whose declaration has still to be found.
struct Unresolved(Kind, Uuid);

impl Unresolved {
    fn read(row: &Row<'_>) -> Result<Self> {
        let labels: String = row.get(2)?;
        let labels: BTreeMap<String, String> = serde_json::from_str(&labels)
            .map_err(|error| StoreError::inconsistent("declared_kind", "labels", &error))?;
        let attributes = KindAttributes { name: row.get(1)?, labels, schema: Arc::default() };
        let kind = Kind {
            id: row.get(0)?,
            attributes,
            version: row.get(4)?,
            created_at: row.get(5)?,
            updated_at: row.get(6)?,
        };
        Ok(Self(kind, row.get(3)?))
    }
}

async fn resolve(tx: &mut Tx, found: Vec<Unresolved>) -> Result<Vec<Kind>> {
    let schemas = load(tx, found.iter().map(|it| it.1).collect()).await?;
    let resolved = found.into_iter().map(|Unresolved(mut kind, schema)| {
        kind.attributes.schema = of(Some(schema), &schemas)?;
        Ok(kind)
    });
    resolved.collect()
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct StoredSchema {
    attributes: Vec<StoredField>,
    booking_fields: Vec<StoredField>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct StoredField {
    key: String,
    label: String,
    required: bool,
    takes: StoredType,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
enum StoredType {
    Flag,
    Number { unit: Option<String>, min: i64, max: i64 },
    Choice(Vec<String>),
    Text(u32),
}

impl From<&Schema> for StoredSchema {
    fn from(schema: &Schema) -> Self {
        let stored = |field: &Field| StoredField {
            key: field.key.clone(),
            label: field.label.clone(),
            required: field.is_required,
            takes: match &field.takes {
                FieldType::Flag => StoredType::Flag,
                FieldType::Number { unit, min, max } => StoredType::Number { unit: unit.clone(), min: *min, max: *max },
                FieldType::Choice(options) => StoredType::Choice(options.clone()),
                FieldType::Text(chars_max) => StoredType::Text(*chars_max),
            },
        };
        Self {
            attributes: schema.attributes.iter().map(stored).collect(),
            booking_fields: schema.booking_fields.iter().map(stored).collect(),
        }
    }
}

impl From<StoredSchema> for Schema {
    fn from(stored: StoredSchema) -> Self {
        let field = |field: StoredField| Field {
            key: field.key,
            label: field.label,
            is_required: field.required,
            takes: match field.takes {
                StoredType::Flag => FieldType::Flag,
                StoredType::Number { unit, min, max } => FieldType::Number { unit, min, max },
                StoredType::Choice(options) => FieldType::Choice(options),
                StoredType::Text(chars_max) => FieldType::Text(chars_max),
            },
        };
        Self {
            attributes: stored.attributes.into_iter().map(field).collect(),
            booking_fields: stored.booking_fields.into_iter().map(field).collect(),
        }
    }
}
