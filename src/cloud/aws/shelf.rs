//! Objects for somebody who waits for them: listing them, and reading one as a file is read.

use super::access::Access;
use super::fault::{Fault, Meaning, root};
use super::session::Session;
use crate::host::http::Patience;
use crate::host::reactor::Reactor;
use aws_sdk_s3::operation::get_object::GetObjectOutput;
use aws_sdk_s3::operation::list_objects_v2::ListObjectsV2Output;
use aws_sdk_s3::primitives::ByteStream;
use bytes::{Buf, Bytes};
use std::io::{self, Read};
use std::sync::Arc;

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

/// A session and the thread that asks by it.
#[derive(Debug)]
pub struct Shelf {
    session: Arc<Session>,
    reactor: Reactor,
}

/// An object that is being read.
#[derive(Debug)]
pub struct Reading<'a> {
    reactor: &'a Reactor,
    /// `None` once it is at its end.
    body: Option<ByteStream>,
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
        let reactor = Reactor::start("s3").map_err(|error| refused(error.to_string()))?;
        Ok(Self { session: Arc::new(session), reactor })
    }

    /// An object; `None` if it still has the tag that is `known`.
    ///
    /// # Errors
    /// When it is not to be had.
    pub fn read(&self, place: &Place, known: Option<&str>) -> Result<Option<Reading<'_>>, Fault> {
        let answer = self.tried(|| ask(Arc::clone(&self.session), place.clone(), known.map(str::to_owned)));
        match answer {
            Ok(answer) => {
                let (body, tag) = (answer.body, answer.e_tag);
                Ok(Some(Reading { reactor: &self.reactor, body: Some(body), piece: Bytes::new(), tag }))
            }
            Err(fault) if fault.status == 304 => Ok(None),
            Err(fault) => Err(fault),
        }
    }

    /// Everything whose key starts so, in the order of keys.
    ///
    /// # Errors
    /// When the bucket does not say, or has too much of it.
    pub fn list(&self, bucket: &str, prefix: &str) -> Result<Vec<Item>, Fault> {
        let (mut items, mut after) = (Vec::new(), None::<String>);
        loop {
            let asked = after.take();
            let page = self.tried(|| {
                list_page(Arc::clone(&self.session), [bucket, prefix].map(str::to_owned), asked.clone())
            })?;
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

    fn tried<T, F>(&self, ask: impl Fn() -> F) -> Result<T, Fault>
    where
        T: Send + 'static,
        F: Future<Output = Result<T, Fault>> + Send + 'static,
    {
        let lost = || Err(Fault::new(Meaning::Refused, "the question was lost"));
        let mut left = TRIES;
        loop {
            left -= 1;
            match self.reactor.wait(ask()).unwrap_or_else(lost) {
                Err(fault) if fault.meaning == Meaning::Unavailable && left > 0 => {}
                answer => return answer,
            }
        }
    }
}

async fn ask(session: Arc<Session>, place: Place, known: Option<String>) -> Result<GetObjectOutput, Fault> {
    let request = session.s3().await?.get_object().bucket(place.bucket).key(place.key);
    let request = request.set_version_id(place.version).set_if_none_match(known);
    request.send().await.map_err(|error| Fault::of(&error))
}

async fn list_page(
    session: Arc<Session>,
    [bucket, prefix]: [String; 2],
    after: Option<String>,
) -> Result<ListObjectsV2Output, Fault> {
    let request = session.s3().await?.list_objects_v2().bucket(bucket).prefix(prefix);
    request.set_continuation_token(after).send().await.map_err(|error| Fault::of(&error))
}

impl Read for Reading<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.piece.is_empty() {
            let Some(mut body) = self.body.take() else { return Ok(0) };
            let asked = self.reactor.wait(async move { (body.next().await, body) });
            let (piece, body) = asked.ok_or_else(|| io::Error::other("the answer was lost"))?;
            let Some(piece) = piece else { return Ok(0) };
            self.piece = piece.map_err(|error| io::Error::other(root(&error)))?;
            self.body = Some(body);
        }
        let length = buffer.len().min(self.piece.len());
        self.piece.copy_to_slice(&mut buffer[..length]);
        Ok(length)
    }
}
