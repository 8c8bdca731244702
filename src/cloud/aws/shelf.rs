//! Objects for somebody who waits for them: listing them, and reading one as a file is read.

use super::access::Access;
use super::fault::{Fault, Meaning, root};
use super::session::Session;
use crate::host::http::Patience;
use aws_sdk_s3::primitives::ByteStream;
use bytes::{Buf, Bytes};
use std::io::{self, Read};
use tokio::runtime::Runtime;

/// How often a question is asked before it is given up.
const TRIES: usize = 3;

/// How many objects a listing may have; far more than any module.
const MOST: usize = 100_000;

/// Where an object is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    pub bucket: String,
    pub key: String,
    pub version: Option<String>,
}

/// One row of a listing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    pub key: String,
    pub tag: String,
}

/// A session and what runs it. Not for threads that run other such questions.
#[derive(Debug)]
pub struct Shelf {
    session: Session,
    runtime: Runtime,
}

/// An object that is being read.
#[derive(Debug)]
pub struct Reading<'a> {
    runtime: &'a Runtime,
    body: ByteStream,
    piece: Bytes,
    pub tag: Option<String>,
}

impl Shelf {
    /// Asks nothing yet.
    ///
    /// # Errors
    /// When this machine does not let us.
    pub fn open(access: Access) -> Result<Self, Fault> {
        let refused = |said: String| Fault::new(Meaning::Refused, said);
        let session = Session::open(access, Patience::default()).map_err(refused)?;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        Ok(Self { session, runtime: runtime.map_err(|error| refused(error.to_string()))? })
    }

    /// An object; `None` if it still has the tag that is `known`.
    ///
    /// # Errors
    /// When it is not to be had.
    pub fn read(&self, place: &Place, known: Option<&str>) -> Result<Option<Reading<'_>>, Fault> {
        let answer = self.tried(|| self.runtime.block_on(self.ask(place, known)));
        match answer {
            Ok(answer) => {
                let (body, tag) = (answer.body, answer.e_tag);
                Ok(Some(Reading { runtime: &self.runtime, body, piece: Bytes::new(), tag }))
            }
            Err(fault) if fault.status == 304 => Ok(None),
            Err(fault) => Err(fault),
        }
    }

    async fn ask(
        &self,
        place: &Place,
        known: Option<&str>,
    ) -> Result<aws_sdk_s3::operation::get_object::GetObjectOutput, Fault> {
        let request = self.session.s3().await?.get_object().bucket(&place.bucket).key(&place.key);
        let request = request.set_version_id(place.version.clone());
        let request = request.set_if_none_match(known.map(str::to_owned));
        request.send().await.map_err(|error| Fault::of(&error))
    }

    /// Everything whose key starts so, in the order of keys.
    ///
    /// # Errors
    /// When the bucket does not say, or has too much of it.
    pub fn list(&self, bucket: &str, prefix: &str) -> Result<Vec<Item>, Fault> {
        let (mut items, mut after) = (Vec::new(), None::<String>);
        loop {
            let asked = after.take();
            let page = self.tried(|| self.runtime.block_on(self.page(bucket, prefix, asked.clone())))?;
            items.extend(page.contents.into_iter().flatten().map(|object| Item {
                key: object.key.unwrap_or_default(),
                tag: object.e_tag.unwrap_or_default(),
            }));
            if items.len() > MOST {
                return Err(Fault::new(Meaning::Refused, format!("it holds more than {MOST} objects")));
            }
            after = page.next_continuation_token;
            if after.is_none() {
                return Ok(items);
            }
        }
    }

    async fn page(
        &self,
        bucket: &str,
        prefix: &str,
        after: Option<String>,
    ) -> Result<aws_sdk_s3::operation::list_objects_v2::ListObjectsV2Output, Fault> {
        let request = self.session.s3().await?.list_objects_v2().bucket(bucket).prefix(prefix);
        request.set_continuation_token(after).send().await.map_err(|error| Fault::of(&error))
    }

    fn tried<T>(&self, ask: impl Fn() -> Result<T, Fault>) -> Result<T, Fault> {
        let mut left = TRIES;
        loop {
            left -= 1;
            match ask() {
                Err(fault) if fault.meaning == Meaning::Unavailable && left > 0 => {}
                answer => return answer,
            }
        }
    }
}

impl Read for Reading<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.piece.is_empty() {
            match self.runtime.block_on(self.body.next()) {
                None => return Ok(0),
                Some(piece) => self.piece = piece.map_err(|error| io::Error::other(root(&error)))?,
            }
        }
        let length = buffer.len().min(self.piece.len());
        self.piece.copy_to_slice(&mut buffer[..length]);
        Ok(length)
    }
}
