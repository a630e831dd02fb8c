//! Entries and their pictures as JSON.

use poem_openapi::{
    OpenApi,
    param::{Header, Path, Query},
    payload::Json,
};

use crate::{
    app::App,
    error::{Error, Invalid, Result, check},
    http::{
        body::Body,
        files::{PictureReply, Upload},
        form::Fields,
        rights::{RecordsRead, RecordsWrite, With},
        tags::Tag,
    },
    types::{Caller, EntryId, IfMatch, Scope},
};

use super::{
    Attached, Put, Size, Slot, attach, attachment, caption, detach,
    media::{self, Keep},
    query::{attachment_id, entry_id, strict},
    search,
    shapes::{
        AddReply, AttachReply, Attachment, AttachmentChange, AttachmentList, EntryDraft, EntryList, EntryReply, Gone,
        PutReply, file_tag, stands, tag,
    },
    space,
    timeline::{self, Cursor},
};

/// The operations.
pub struct Api {
    /// The instance.
    pub app: App,
}

#[OpenApi(prefix_path = "/api/v1")]
impl Api {
    /// A page of the journal, newest day first. Every filter that is given must hold.
    #[oai(path = "/entries", method = "get", tag = "Tag::Journal", operation_id = "list_entries")]
    #[allow(clippy::too_many_arguments)]
    async fn list(
        &self,
        caller: With<RecordsRead>,
        /// Id of a learner.
        learner: Query<Option<String>>,
        /// Id of a subject.
        subject: Query<Option<String>>,
        /// A kind.
        kind: Query<Option<String>>,
        /// Only starred entries, or only those without a star.
        starred: Query<Option<bool>>,
        /// planned, draft or done.
        state: Query<Option<String>>,
        /// The first day.
        from: Query<Option<String>>,
        /// The last day.
        to: Query<Option<String>>,
        /// Entries on the page: 1 to 100, 30 where it is left out.
        limit: Query<Option<i64>>,
        /// `next` of the page before.
        after: Query<Option<String>>,
    ) -> Result<Json<EntryList>> {
        let mut fields = Fields::default();
        let given =
            [("learner", learner), ("subject", subject), ("kind", kind), ("state", state), ("from", from), ("to", to)];
        for (name, value) in given {
            fields.push(name.to_owned(), value.0.unwrap_or_default());
        }
        let filter = timeline::Filter { starred: starred.0, ..strict(&fields)? };
        let (after, limit) = page_of(after.0.as_deref(), limit.0)?;
        let page = self.app.db.read(|tx| timeline::page(tx, &caller, &filter, after, limit))?;
        Ok(Json(page.into()))
    }

    /// Add an entry.
    #[oai(path = "/entries", method = "post", tag = "Tag::Journal", operation_id = "add_entry")]
    async fn add(&self, caller: With<RecordsWrite>, draft: Body<EntryDraft>) -> Result<AddReply> {
        let draft = draft.0.parse()?;
        let entry = self.app.db.write(move |tx| super::add(tx, &caller, draft)).await?;
        let (tag, location) = (tag(&entry), format!("/api/v1/entries/{}", entry.id));
        Ok(AddReply::Created(Json(entry.into()), tag, location))
    }

    /// One entry.
    #[oai(path = "/entries/:id", method = "get", tag = "Tag::Journal", operation_id = "get_entry")]
    async fn get(&self, caller: With<RecordsRead>, id: Path<String>) -> Result<EntryReply> {
        let id = entry_id(&id)?;
        let entry = self.app.db.read(|tx| super::get(tx, &caller, id))?;
        let tag = tag(&entry);
        Ok(EntryReply::Ok(Json(entry.into()), tag))
    }

    /// Create an entry under your own UUID, or replace one.
    ///
    /// Without `If-Match` it creates: 201; the same content again: 200, so a lost reply can be asked for again; other
    /// content: 412. With `If-Match` it replaces the entry that still has that `ETag`. Attachments stay.
    #[oai(path = "/entries/:id", method = "put", tag = "Tag::Journal", operation_id = "put_entry")]
    async fn put(
        &self,
        caller: With<RecordsWrite>,
        id: Path<String>,
        /// The `ETag` of what is to be replaced.
        #[oai(name = "If-Match")]
        if_match: Header<Option<String>>,
        draft: Body<EntryDraft>,
    ) -> Result<PutReply> {
        let id = entry_id(&id)?;
        let draft = draft.0.parse()?;
        let if_match = if_match.0.as_deref().map(IfMatch::parse);
        let put = self.app.db.write(move |tx| super::put(tx, &caller, id, draft, if_match.as_ref())).await?;
        Ok(match put {
            Put::Created(entry) => {
                let tag = tag(&entry);
                PutReply::Created(Json(entry.into()), tag)
            }
            Put::Stands(entry) => {
                let tag = tag(&entry);
                PutReply::Ok(Json(entry.into()), tag)
            }
        })
    }

    /// Delete an entry. It can be brought back for thirty days.
    #[oai(path = "/entries/:id", method = "delete", tag = "Tag::Journal", operation_id = "delete_entry")]
    async fn delete(
        &self,
        caller: With<RecordsWrite>,
        id: Path<String>,
        /// The `ETag` of what is to be deleted.
        #[oai(name = "If-Match")]
        if_match: Header<Option<String>>,
    ) -> Result<Gone> {
        let id = entry_id(&id)?;
        let if_match = if_match.0.as_deref().map(IfMatch::parse);
        self.app.db.write(move |tx| super::delete(tx, &caller, id, if_match.as_ref())).await?;
        Ok(Gone::NoContent)
    }

    /// Bring a deleted entry back.
    #[oai(path = "/entries/:id/restore", method = "post", tag = "Tag::Journal", operation_id = "restore_entry")]
    async fn restore(&self, caller: With<RecordsWrite>, id: Path<String>) -> Result<EntryReply> {
        let id = entry_id(&id)?;
        let entry = self.app.db.write(move |tx| super::restore(tx, &caller, id)).await?;
        let tag = tag(&entry);
        Ok(EntryReply::Ok(Json(entry.into()), tag))
    }

    /// Add a picture: the file as the body. At most 25 MB and 64 megapixels, 40 to an entry.
    ///
    /// Every metadata but orientation and colour profile is removed. Where the family's pictures would take more room
    /// than they may, the answer is 422 with the type `urn:hec:problem:family-allowance`: trying again does not help.
    #[oai(path = "/entries/:id/attachments", method = "post", tag = "Tag::Journal", operation_id = "add_attachment")]
    async fn attach(
        &self,
        caller: With<RecordsWrite>,
        id: Path<String>,
        /// The file's name, at most 200 characters.
        filename: Query<Option<String>>,
        upload: Upload,
    ) -> Result<AttachReply> {
        self.take(caller.into_caller(), entry_id(&id)?, Slot::New, filename.0, upload).await
    }

    /// Add a picture under your own UUID, or replace one.
    ///
    /// Without `If-Match` it adds: 201; the same file again: 200; another: 412. With `If-Match` it replaces the picture
    /// whose original still has that `ETag`; the caption stays.
    #[oai(
        path = "/entries/:id/attachments/:attachment",
        method = "put",
        tag = "Tag::Journal",
        operation_id = "put_attachment"
    )]
    async fn put_attachment(
        &self,
        caller: With<RecordsWrite>,
        id: Path<String>,
        attachment: Path<String>,
        /// The file's name, at most 200 characters.
        filename: Query<Option<String>>,
        /// The `ETag` of what is to be replaced.
        #[oai(name = "If-Match")]
        if_match: Header<Option<String>>,
        upload: Upload,
    ) -> Result<AttachReply> {
        let (id, attachment) = (entry_id(&id)?, attachment_id(&attachment)?);
        let slot = match if_match.0.as_deref().map(IfMatch::parse) {
            Some(tags) => Slot::Replace(attachment, tags),
            None => Slot::Own(attachment),
        };
        self.take(caller.into_caller(), id, slot, filename.0, upload).await
    }

    /// The pictures of an entry.
    #[oai(path = "/entries/:id/attachments", method = "get", tag = "Tag::Journal", operation_id = "list_attachments")]
    async fn attachments(&self, caller: With<RecordsRead>, id: Path<String>) -> Result<Json<AttachmentList>> {
        let id = entry_id(&id)?;
        let entry = self.app.db.read(|tx| super::get(tx, &caller, id))?;
        Ok(Json(AttachmentList { items: entry.attachments.into_iter().map(Attachment::from).collect(), next: None }))
    }

    /// A picture's file.
    #[oai(path = "/attachments/:id", method = "get", tag = "Tag::Journal", operation_id = "get_attachment")]
    async fn file(
        &self,
        caller: With<RecordsRead>,
        request: &poem::Request,
        id: Path<String>,
        /// thumb (400 pixels), screen (1,600) or original; original where it is left out.
        size: Query<Option<String>>,
    ) -> Result<PictureReply> {
        let id = attachment_id(&id)?;
        let size = check::one_of("size", size.0.as_deref().unwrap_or("original"), &Size::ALL)?;
        let (_, attachment) = self.app.db.read(|tx| attachment(tx, &caller, id))?;
        Ok(PictureReply(media::send(&self.app, request, &attachment, size, Keep::Ask).await?))
    }

    /// Change a picture's caption.
    #[oai(path = "/attachments/:id", method = "patch", tag = "Tag::Journal", operation_id = "change_attachment")]
    async fn change(
        &self,
        caller: With<RecordsWrite>,
        id: Path<String>,
        change: Body<AttachmentChange>,
    ) -> Result<Json<Attachment>> {
        let id = attachment_id(&id)?;
        let words = change.0.caption;
        let changed = self.app.db.write(move |tx| caption(tx, &caller, id, words.as_deref())).await?;
        Ok(Json(changed.into()))
    }

    /// Take a picture away, for good.
    #[oai(path = "/attachments/:id", method = "delete", tag = "Tag::Journal", operation_id = "delete_attachment")]
    async fn detach(&self, caller: With<RecordsWrite>, id: Path<String>) -> Result<Gone> {
        let id = attachment_id(&id)?;
        let files = self.app.db.write(move |tx| detach(tx, &caller, id)).await?;
        media::discard(&self.app, [files]);
        Ok(Gone::NoContent)
    }

    /// Entries that hold every word, newest first. A word is found by its beginning; case and accents don't matter.
    #[oai(path = "/search", method = "get", tag = "Tag::Journal", operation_id = "search")]
    async fn search(
        &self,
        caller: With<RecordsRead>,
        /// 1 to 200 characters; at most eight words count.
        q: Query<String>,
        /// Entries on the page: 1 to 100, 30 where it is left out.
        limit: Query<Option<i64>>,
        /// `next` of the page before.
        after: Query<Option<String>>,
    ) -> Result<Json<EntryList>> {
        let q = check::line("q", &q.0, search::MAX_QUERY)?;
        let (after, limit) = page_of(after.0.as_deref(), limit.0)?;
        let page = self.app.db.read(|tx| search::page(tx, &caller, &q, after, limit))?;
        Ok(Json(page.into()))
    }
}

impl Api {
    async fn take(
        &self,
        caller: Caller,
        entry: EntryId,
        slot: Slot,
        filename: Option<String>,
        upload: Upload,
    ) -> Result<AttachReply> {
        let name = filename.unwrap_or_default();
        check::optional_line("filename", Some(&name), 200)?;
        let digest = upload.digest();
        let usual = self.app.config.family_allowance;
        // Whose it is, and whether there is anything to do and room for it, before the picture is worked on.
        let standing = self.app.db.read(|tx| {
            caller.must(Scope::RecordsWrite)?;
            let entry = super::get(tx, &caller, entry)?;
            super::given::must_be_own(&caller, &entry)?;
            let standing = super::standing(tx, &caller, &entry, &slot, &digest)?;
            if standing.is_none()
                && !matches!(slot, Slot::Replace(..))
                && let Some(full) = space::too_much(tx, caller.family, usual, 0, 1)?
            {
                return Err(of_file(full.into()));
            }
            Ok(standing)
        })?;
        if let Some(standing) = standing {
            return Ok(stands(standing));
        }
        let cleaned = media::store(&self.app, "file", &name, upload.bytes).await?;
        let files = cleaned.files.clone();
        let taken = self.app.db.write(move |tx| attach(tx, &caller, entry, &slot, cleaned, usual)).await;
        match taken {
            Ok(Attached::Created(attachment)) => {
                let tag = file_tag(&attachment);
                Ok(AttachReply::Created(Json(attachment.into()), tag))
            }
            Ok(Attached::Replaced(attachment, gone)) => {
                media::discard(&self.app, [gone]);
                Ok(stands(attachment))
            }
            Ok(Attached::Stands(attachment)) => {
                media::discard(&self.app, [files]);
                Ok(stands(attachment))
            }
            Err(error) => {
                media::discard_refused(&self.app, &error, [files]);
                Err(of_file(error))
            }
        }
    }
}

/// A complaint about a form's photos, as one about the file that is sent here.
fn of_file(mut error: Error) -> Error {
    if let Error::Invalid(invalid) = &mut error {
        invalid.iter_mut().filter(|one| one.field == "photos").for_each(|one| "file".clone_into(&mut one.field));
    }
    error
}

fn page_of(after: Option<&str>, limit: Option<i64>) -> Result<(Option<Cursor>, usize)> {
    let after = after.filter(|after| !after.is_empty()).map(Cursor::parse).transpose()?;
    let limit = limit.unwrap_or(timeline::LIMIT as i64);
    match usize::try_from(limit) {
        Ok(limit @ 1..=timeline::MAX_LIMIT) => Ok((after, limit)),
        _ => Err(Invalid::new("limit", "error-out-of-range").with("min", 1).with("max", timeline::MAX_LIMIT).into()),
    }
}
