//! What likely is wrong, by what was seen, and where its fix is.

use crate::framework::Framework;

macro_rules! causes {
    ($($(#[doc = $doc:literal])+ $variant:ident $name:literal $explanation:literal;)+) => {
        /// The likely cause of a failure.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Cause {
            $($(#[doc = $doc])+ $variant,)+
        }

        impl Cause {
            /// Every cause.
            pub const ALL: &'static [Cause] = &[$(Cause::$variant),+];

            /// The word for it, which stays.
            pub const fn name(self) -> &'static str {
                match self { $(Cause::$variant => $name,)+ }
            }

            /// What is wrong, in a sentence or two.
            pub const fn explanation(self) -> &'static str {
                match self { $(Cause::$variant => $explanation,)+ }
            }
        }
    };
}

causes! {
    /// The signature is compared with that of a body written anew.
    ReSerialised "re-serialised"
        "it verifies what a JSON parser made of the body and wrote again, and not the bytes that came";
    /// The body became text before it was verified.
    Decoded "decoded"
        "it turns the body into text before it verifies it, and bytes are lost on the way";
    /// Nothing is verified.
    NotVerified "not-verified"
        "it does not verify the signature, or goes on although that failed";
    /// A request without the header passes.
    HeaderOptional "header-optional"
        "it verifies only if there is a signature: whoever leaves the header out gets in";
    /// Only the beginning of the digests is compared.
    LooseComparison "loose-comparison"
        "it compares a part of the signature only, as startsWith, a slice or a lenient hex decoder does";
    /// Another writing of the right digest passes.
    LenientHeader "lenient-header"
        "it takes signatures that Chatislav does not send; what is in doubt is better refused";
    /// The key is empty.
    EmptySecret "empty-secret"
        "it verifies with an empty secret: the variable is not set where the endpoint runs";
    /// The key is a word that everybody knows.
    CommonSecret "common-secret"
        "it verifies with a secret that stands in examples: the fallback of a variable that is not set, or one that was never replaced";
    /// One side has another secret.
    WrongSecret "wrong-secret"
        "the secret that signs here is not the endpoint's, or the endpoint verifies other bytes than those that came";
    /// The old secret is refused too early.
    RotationIncomplete "rotation-incomplete"
        "it knows one secret alone, so what was signed before the rotation is lost";
    /// A body parser has a limit.
    BodyLimit "body-limit"
        "a limit of a body parser, a framework or a proxy is smaller than an event can be, and Chatislav does not try a 4xx again";
    /// The route has one method.
    MethodMissing "method-missing"
        "the route takes one of POST and PUT alone";
    /// Cross-site request forgery protection stands in front.
    CsrfProtection "csrf-protection"
        "protection against cross-site forgery refuses what has no token of a form, before the signature is looked at";
    /// The content type is taken too literally.
    ContentType "content-type"
        "it takes one spelling of the content type alone";
    /// Chunks are not read.
    ChunksUnread "chunks-unread"
        "it reads as many bytes as Content-Length says, and so nothing of a body in chunks";
    /// New events are refused.
    UnknownEvent "unknown-event"
        "it refuses events that it does not know; Chatislav has others, and a 4xx loses them for good";
    /// A schema is stricter than the events.
    StrictModel "strict-model"
        "a schema in front of the handler refuses events that are genuine: fields come, go and are null";
    /// Old events are refused.
    AgeLimit "age-limit"
        "it refuses what is older than some minutes; retries carry the timestamp of the first attempt";
    /// A retry is refused.
    DuplicateRefused "duplicate-refused"
        "it refuses a delivery that it has had already; the sender takes that for a failure";
    /// The handler fails.
    HandlerFails "handler-fails"
        "the handler ends with an error of its own on a genuine delivery; Chatislav will send it again";
    /// A redirect in front of the handler.
    Redirected "redirected"
        "it answers with a redirect, which Chatislav does not follow";
    /// A refusal is an uncaught error.
    RefusalCrashes "refusal-crashes"
        "what is wrong with a signature ends in an error that nobody catches, such as timingSafeEqual on different lengths or a missing header";
    /// A login stands in front.
    LoginInFront "login-in-front"
        "something in front of the handler sends who is not logged in to another page";
    /// Connections end without an answer.
    Dropped "dropped"
        "the connection ends without an answer: a worker died, or something in front cuts it";
    /// The process ends.
    ProcessEnds "process-ends"
        "an error that nobody catches ends the whole process: whoever knows the URL can bring it down";
    /// The head is over a limit.
    HeadLimit "head-limit"
        "a head over the server's limit ends the connection without an answer";
    /// The expected digest is told.
    DigestTold "digest-told"
        "the answer tells the signature that would have been right: with it anybody signs that body";
    /// The secret is told.
    SecretTold "secret-told"
        "the answer tells the secret itself: regenerate it at Chatislav, and take it out of messages and pages for debugging";
    /// A stack trace is told.
    StackTold "stack-told"
        "errors are answered with a stack trace, as in a debug mode";
    /// The work is done before the answer.
    WorksFirst "works-first"
        "it does its work before it answers; Chatislav waits 30 s by default, and then sends again";
    /// One connection at a time.
    OneAtATime "one-at-a-time"
        "it serves one connection at a time, so one slow client holds up everybody";
    /// It fails under a little load.
    Overwhelmed "overwhelmed"
        "it does not keep up with a handful of deliveries: a pool, a lock or a rate limit is too tight";
    /// A parser fails on rubbish.
    ParserCrashes "parser-crashes"
        "an error of a decoder or a parser is answered 5xx, which asks for the same rubbish again";
    /// A retry counts twice.
    NotIdempotent "not-idempotent"
        "it does its work again for a delivery that it has done: drop what has been seen, by SHA-256 of the body";
    /// Work is done before the verdict.
    ActsBeforeVerdict "acts-before-verdict"
        "it begins its work before the signature is verified, or whatever the verdict is";
    /// Genuine deliveries have no effect.
    NoEffect "no-effect"
        "it answers 2xx, and what the probe counts does not grow: the work is lost, or the probe counts something else";
    /// A method without a body has effects.
    AnyMethod "any-method"
        "the handler runs for other methods than POST and PUT";
    /// Another path.
    WrongPath "wrong-path"
        "there is no route at this path";
}

impl Cause {
    /// What mends it, for each framework in which it can arise.
    pub fn fixes(self) -> impl Iterator<Item = (Framework, &'static str)> {
        Framework::ALL.into_iter().filter_map(move |framework| Some((framework, framework.fix(self)?)))
    }
}
