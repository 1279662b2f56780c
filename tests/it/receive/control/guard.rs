use crate::support::{Controlled, TOKEN, Told, controlled, controlled_with, send, verified};

/// With the token, and with these headers beside or instead of the good `Host`.
async fn disguised(control: &Controlled, method: &str, headers: &str) -> Told {
    let headers = headers.replace("PORT", &control.address.port().to_string());
    control.raw(method, "/api/v1/requests", &format!("Authorization: Bearer {TOKEN}\r\n{headers}"), "").await
}

#[tokio::test]
async fn the_token_alone_opens() {
    let control = controlled(verified("200")).await;
    let host = format!("Host: {}\r\n", control.address);
    for (credentials, expected) in [
        (format!("Authorization: Bearer {TOKEN}\r\n"), (200, "")),
        (format!("authorization: bearer {TOKEN}\r\n"), (200, "")),
        (String::new(), (401, "token_missing")),
        ("Authorization: Bearer \r\n".into(), (401, "token_wrong")),
        ("Authorization: Bearer wrong\r\n".into(), (401, "token_wrong")),
        (format!("Authorization: Bearer {}\r\n", &TOKEN[1..]), (401, "token_wrong")),
        (format!("Authorization: Bearer {}\r\n", &TOKEN[..TOKEN.len() - 1]), (401, "token_wrong")),
        (format!("Authorization: Bearer {TOKEN}0\r\n"), (401, "token_wrong")),
        (format!("Authorization: Bearer {}\r\n", TOKEN.to_uppercase()), (401, "token_wrong")),
        (format!("Authorization: {TOKEN}\r\n"), (401, "token_wrong")),
        (format!("Authorization: Basic {TOKEN}\r\n"), (401, "token_wrong")),
        (format!("Authorization: Bearer {TOKEN}\r\nAuthorization: Bearer wrong\r\n"), (401, "token_wrong")),
        (format!("Cookie: token={TOKEN}\r\n"), (401, "token_missing")),
    ] {
        let told = control.raw("GET", "/api/v1/requests", &format!("{host}{credentials}"), "").await;
        assert_eq!((told.status, told.code().as_str()), expected, "{credentials}");
        assert_eq!(told.head.contains("www-authenticate: bearer"), told.status == 401, "{credentials}");
    }
    // Links are copied, logged and sent as referrers: a token in the query opens nothing.
    for name in ["token", "access_token"] {
        let told = control.raw("GET", &format!("/api/v1/requests?{name}={TOKEN}"), &host, "").await;
        assert_eq!((told.status, told.code().as_str()), (401, "token_missing"));
    }
}

#[tokio::test]
async fn every_route_but_health_and_the_page_asks_for_it() {
    let control = controlled(verified("200")).await;
    let host = format!("Host: {}\r\n", control.address);
    for (path, status) in [
        ("/health", 200),
        ("/", 200),
        ("/?x", 200),
        ("/console/index.html", 200),
        ("/console/nothing", 404),
        ("/console", 401),
        ("/health/", 401),
        ("/api/v1/requests", 401),
        ("/api/v1/health", 401),
        ("/api/v1/stream", 401),
        ("/api/v1/nothing", 401),
        ("/nothing", 401),
        ("//health", 401),
        ("/%68ealth", 401),
    ] {
        let told = control.raw("GET", path, &host, "").await;
        assert_eq!(told.status, status, "{path}");
    }
    for (method, path) in
        [("DELETE", "/api/v1/requests"), ("PUT", "/api/v1/plan"), ("POST", "/api/v1/requests/x-1/replay")]
    {
        assert_eq!(control.raw(method, path, &host, "").await.status, 401, "{method} {path}");
    }
    assert_eq!(control.receiver.journal.counts(), (0, 0), "the control API is not what it watches");
}

#[tokio::test]
async fn a_name_that_was_made_to_point_here_gets_nothing() {
    let control = controlled(verified("200")).await;
    for (host, status) in [
        ("Host: 127.0.0.1:PORT\r\n", 200),
        ("Host: localhost:PORT\r\n", 200),
        ("Host: LocalHost:PORT\r\n", 200),
        ("Host: [::1]:PORT\r\n", 200),
        ("Host: 127.0.0.1\r\n", 403),
        ("Host: 127.0.0.1:1\r\n", 403),
        ("Host: localhost:0PORT\r\n", 403),
        ("Host: evil.example:PORT\r\n", 403),
        ("Host: evil.example\r\n", 403),
        ("Host: localhost.evil.example:PORT\r\n", 403),
        ("Host: evil.example:PORT@127.0.0.1:PORT\r\n", 403),
        ("Host: 127.0.0.1.nip.io:PORT\r\n", 403),
        ("Host: 10.0.0.1:PORT\r\n", 403),
        ("Host: 0.0.0.0:PORT\r\n", 403),
        ("Host: ::1:PORT\r\n", 403),
        ("Host: [127.0.0.1]:PORT\r\n", 403),
        ("Host: \r\n", 403),
        ("", 403),
        ("Host: 127.0.0.1:PORT\r\nHost: 127.0.0.1:PORT\r\n", 403),
        ("Host: 127.0.0.1:PORT\r\nHost: evil.example\r\n", 403),
        ("Host: evil.example\r\nX-Forwarded-Host: 127.0.0.1:PORT\r\n", 403),
    ] {
        let told = disguised(&control, "GET", host).await;
        assert_eq!(told.status, status, "{host:?} {}", told.body);
        if status == 403 {
            assert_eq!(told.code(), "host_refused", "{host:?}");
        }
    }
    // The target has a name too, and it is the one that counts (RFC 9112 section 3.2.2).
    let headers = format!("Authorization: Bearer {TOKEN}\r\nHost: {}\r\n", control.address);
    let told = control.raw("GET", "http://evil.example/api/v1/requests", &headers, "").await;
    assert_eq!((told.status, told.code().as_str()), (403, "host_refused"));
    // Without a token there is as little: health would tell a page that we are here.
    let told = control.raw("GET", "/health", "Host: evil.example\r\n", "").await;
    assert_eq!((told.status, told.code().as_str()), (403, "host_refused"));
}

#[tokio::test]
async fn a_page_of_another_site_gets_nothing() {
    let control = controlled(verified("200")).await;
    for (headers, status, code) in [
        ("Origin: http://127.0.0.1:PORT\r\n", 200, ""),
        ("Sec-Fetch-Site: same-origin\r\n", 200, ""),
        ("Sec-Fetch-Site: none\r\n", 200, ""),
        ("Origin: http://evil.example\r\n", 403, "origin_refused"),
        ("Origin: https://127.0.0.1:PORT\r\n", 403, "origin_refused"),
        ("Origin: http://127.0.0.1\r\n", 403, "origin_refused"),
        ("Origin: http://127.0.0.1:3000\r\n", 403, "origin_refused"),
        ("Origin: http://localhost:PORT\r\n", 403, "origin_refused"),
        ("Origin: null\r\n", 403, "origin_refused"),
        ("Origin: \r\n", 403, "origin_refused"),
        ("Origin: http://127.0.0.1:PORT\r\nOrigin: http://evil.example\r\n", 403, "origin_refused"),
        ("Sec-Fetch-Site: cross-site\r\n", 403, "cross_site_refused"),
        ("Sec-Fetch-Site: same-site\r\n", 403, "cross_site_refused"),
        ("Sec-Fetch-Site: CROSS-SITE\r\n", 403, "cross_site_refused"),
        ("Sec-Fetch-Site: none\r\nSec-Fetch-Site: cross-site\r\n", 403, "cross_site_refused"),
        ("Sec-Fetch-Site: cross-site\r\nOrigin: http://127.0.0.1:PORT\r\n", 403, "cross_site_refused"),
    ] {
        let told = disguised(&control, "GET", &format!("Host: 127.0.0.1:PORT\r\n{headers}")).await;
        assert_eq!((told.status, told.code().as_str()), (status, code), "{headers:?}");
        assert!(!told.head.contains("access-control-"), "{headers:?}");
    }
}

#[tokio::test]
async fn no_preflight_is_granted() {
    let control = controlled(verified("200")).await;
    let preflight = "Access-Control-Request-Method: DELETE\r\nAccess-Control-Request-Headers: authorization\r\n";
    for (origin, status) in [("http://evil.example", 403), ("http://127.0.0.1:PORT", 405)] {
        let headers = format!("Host: 127.0.0.1:PORT\r\nOrigin: {origin}\r\n{preflight}");
        let headers = headers.replace("PORT", &control.address.port().to_string());
        let told = control.raw("OPTIONS", "/api/v1/requests", &headers, "").await;
        assert_eq!(told.status, status, "{origin}");
        assert!(!told.head.contains("access-control-"), "{origin}");
    }
}

#[tokio::test]
async fn every_answer_keeps_browsers_short() {
    let control = controlled(verified("200")).await;
    for path in ["/health", "/", "/api/v1/requests", "/api/v1/nothing", "/api/v1/requests?x=1"] {
        let told = control.ask("GET", path).await;
        for header in [
            "cache-control: no-store",
            "x-content-type-options: nosniff",
            "content-security-policy: default-src 'none'",
            "referrer-policy: no-referrer",
            "cross-origin-resource-policy: same-origin",
        ] {
            assert!(told.head.contains(header), "{path} lacks {header}: {}", told.head);
        }
    }
    let told = control.raw("GET", "/health", "Host: evil.example\r\n", "").await;
    assert!(told.head.contains("x-content-type-options: nosniff"), "{}", told.head);
}

#[tokio::test]
async fn what_is_not_asked_well_is_refused() {
    let control = controlled(verified("200")).await;
    for (method, path, status, code) in [
        ("GET", "/api/v1/requests?filer=x", 400, "query_invalid"),
        ("GET", "/api/v1/requests?filter=a&filter=b", 400, "query_invalid"),
        ("GET", "/api/v1/requests?limit=0", 400, "query_invalid"),
        ("GET", "/api/v1/requests?limit=1001", 400, "query_invalid"),
        ("GET", "/api/v1/requests?limit=-1", 400, "query_invalid"),
        ("GET", "/api/v1/requests?before=x", 400, "query_invalid"),
        ("GET", "/api/v1/requests?filter=status%3A", 400, "filter_invalid"),
        ("GET", "/api/v1/stream?filter=status%3A", 400, "filter_invalid"),
        ("GET", "/api/v1/plan?x", 400, "query_invalid"),
        ("GET", "/api/v1/requests/none", 404, "not_found"),
        ("GET", "/api/v1/requests/0000-1", 404, "not_found"),
        ("GET", "/api/v1/requests/%FF", 404, "not_found"),
        ("GET", "/api/v2/requests", 404, "not_found"),
        ("POST", "/api/v1/requests", 405, "method_not_allowed"),
        ("GET", "/api/v1/requests/0000-1/replay", 405, "method_not_allowed"),
        ("DELETE", "/health", 405, "method_not_allowed"),
        ("TRACE", "/api/v1/requests", 405, "method_not_allowed"),
    ] {
        let told = control.ask(method, path).await;
        assert_eq!((told.status, told.code().as_str()), (status, code), "{method} {path}");
        assert_eq!(told.head.contains("\r\nallow:"), status == 405, "{method} {path}: {}", told.head);
    }
    let at = control.ask("GET", "/api/v1/requests?filter=status%3A").await.json()["error"]["at"].as_u64();
    assert_eq!(at, Some(7), "where the filter goes wrong");
}

#[tokio::test]
async fn what_costs_too_much_is_refused() {
    let control = controlled_with(verified("200"), |config| config.limits.connections = 2).await;
    let json = "Content-Type: application/json\r\n";
    let told = control.ask_with("PUT", "/api/v1/plan", json, &"x".repeat(70_000)).await;
    assert_eq!((told.status, told.code().as_str()), (413, "body_too_large"));
    let told = control.ask_with("PUT", "/api/v1/plan", "Content-Type: text/html\r\n", "200").await;
    assert_eq!((told.status, told.code().as_str()), (415, "media_type_unsupported"));
    let told = control.ask_with("GET", "/health", &format!("X: {}\r\n", "x".repeat(20_000)), "").await;
    assert_eq!(told.status, 431);
    let _first = control.stream("", "").await;
    let _second = control.stream("", "").await;
    assert!(send(control.address, b"").await.starts_with("HTTP/1.1 503 "));
    drop(_first);
    // The place comes free when the connection's end was noticed, which is told by the answer.
    while !send(control.address, b"GET /health HTTP/1.1\r\nConnection: close\r\n\r\n")
        .await
        .starts_with("HTTP/1.1 403 ")
    {
        tokio::task::yield_now().await;
    }
}
