//! The line to change, for the frameworks in which the mistake is typical.

/// What mends a mistake.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mend {
    /// Nothing is broken.
    Nothing,
    /// Something made the body anew, and nothing tells what.
    Any,
    /// The same, of bytes that are what arrived.
    AtSender,
    JavaScript,
    Python,
    Php,
    Go,
    Java,
    Net,
    /// The body came in base64 that nobody undid.
    Base64,
    /// The bytes went through a text in another encoding.
    Encoding,
    /// Line ends, blanks around, a byte order mark.
    Edges,
    /// A form, or a string, around the JSON.
    Wrapped,
    /// The signer had only the first bytes.
    Cut,
    /// The signer had no body.
    Empty,
    /// The signer and we hold the secret in two forms.
    Secret,
    /// The signer has no secret.
    NoSecret,
    /// The header is not what Chatislav sends.
    Header,
    /// The digest is another than HMAC-SHA256 of the body.
    Digest,
    /// Nothing was found.
    Unknown,
}

impl Mend {
    pub(super) const fn line(self) -> &'static str {
        match self {
            Mend::Nothing => "nothing: the signature is right",
            Mend::Any => {
                "hand in the bytes as they arrived: Express `express.raw({ type: '*/*' })`, Next.js `await request.text()`, FastAPI `await request.body()`, Flask `request.get_data()`, Django `request.body`, axum `Bytes`; if these are they, sign the very bytes that are sent"
            }
            Mend::AtSender => {
                "these bytes are what arrived: the signer signs other bytes than it sends, or something on the way writes the JSON anew; make the bytes once, sign them and send them"
            }
            Mend::JavaScript => {
                "hand in the bytes before they are parsed: Express `express.raw({ type: '*/*' })` on this route, ahead of `express.json()`; Fastify a parser with `parseAs: 'buffer'`; Next.js `await request.text()`; Hono `await c.req.arrayBuffer()`"
            }
            Mend::Python => {
                "hand in the bytes before they are parsed: FastAPI `await request.body()`, Flask `request.get_data()`, Django `request.body`, aiohttp `await request.read()`; not `json.dumps(request.json)`"
            }
            Mend::Php => {
                "hand in `file_get_contents('php://input')`, Laravel `$request->getContent()`; not `json_encode($data)`"
            }
            Mend::Go => "hand in what `io.ReadAll(r.Body)` gives before it is decoded; in Rails `request.raw_post`",
            Mend::Java => "take the body as `@RequestBody byte[]` and parse it after it is verified",
            Mend::Net => "call `Request.EnableBuffering()` and read `Request.Body` to its end before a model is bound",
            Mend::Base64 => {
                "undo the base64 once, on one side only: AWS Lambda `Buffer.from(event.body, 'base64')` or `base64.b64decode(event['body'])` where `isBase64Encoded` is true"
            }
            Mend::Encoding => {
                "keep the body as bytes from the socket to the check: Express `express.raw({ type: '*/*' })`, Flask `request.get_data()`, not text decoded as Latin-1 and encoded again"
            }
            Mend::Edges => {
                "trim, convert and save nothing between the socket and the check: no `.trim()`, `.strip()`, `echo` or editor that adds a line end (`curl --data-binary @file`, `printf '%s'`)"
            }
            Mend::Wrapped => {
                "sign and verify the JSON itself, sent as `Content-Type: application/json`: no form around it, no second `JSON.stringify` or `json.dumps`, no `str()` of bytes"
            }
            Mend::Cut => "raise the limit of whoever reads the body before it signs, or sign while reading to the end",
            Mend::Empty => "sign the body before anything reads it: a stream can be read once",
            Mend::Secret => {
                "copy the secret of Chatislav's Webhooks screen again, and keep exactly its text on both sides: no blanks, quotes, line end or decoding (`printf '%s'` instead of `echo` for a secret file)"
            }
            Mend::NoSecret => "give the signer its secret: the variable it reads is not set where it runs",
            Mend::Header => "send the header `x-chatislav-signature` with the 64 hexadecimal digits and nothing else",
            Mend::Digest => {
                "sign with HMAC-SHA256, keyed with the secret, over the raw body: `openssl dgst -sha256 -hmac \"$SECRET\"`"
            }
            Mend::Unknown => {
                "copy the secret of Chatislav's Webhooks screen again; then hand in the bytes as they arrived: Express `express.raw({ type: '*/*' })`, Next.js `await request.text()`, FastAPI `await request.body()`, Flask `request.get_data()`, Django `request.body`"
            }
        }
    }
}
