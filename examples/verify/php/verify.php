<?php

// Verifies Chatislav webhooks with nothing but PHP 8.1 or later; `php -S 127.0.0.1:8080 verify.php` to try it.
// The raw body in Laravel and Symfony: `$request->getContent()`. What json_encode makes of a parsed
// body is not what was signed.

declare(strict_types=1);

const MAX_BODY = 8 * 1024 * 1024;

/** Whether one of the secrets signed exactly these bytes. */
function verify(string $body, string $signature, array $secrets): bool
{
    if (!preg_match('/\A[0-9a-f]{64}\z/i', $signature)) {
        return false;
    }
    foreach ($secrets as $secret) {
        // Both are 64 digits in lower case; hash_equals alone compares them in constant time.
        if (hash_equals(hash_hmac('sha256', $body, $secret), strtolower($signature))) {
            return true;
        }
    }
    return false;
}

/** The secret and, during a rotation, the old one. A blank one is refused: everybody could sign with it. */
function secrets(): array
{
    $old = getenv('CHATISLAV_WEBHOOK_SECRET_OLD');
    $secrets = [(string) getenv('CHATISLAV_WEBHOOK_SECRET'), ...($old === false ? [] : [$old])];
    foreach ($secrets as $secret) {
        if (trim($secret) === '') {
            error_log('CHATISLAV_WEBHOOK_SECRET is missing or blank');
            // Our own fault: Chatislav tries again after a 5xx, and a 4xx would lose the event.
            answer(500);
        }
    }
    return $secrets;
}

/**
 * Keep these bytes, in a queue or a table, and parse them after the answer.
 * Chatislav retries with the same bytes, so their SHA-256 tells a duplicate.
 */
function accept(string $body): void
{
    error_log('a genuine event of ' . strlen($body) . ' bytes');
}

function answer(int $status): never
{
    http_response_code($status);
    exit;
}

$secrets = secrets();
if (!in_array($_SERVER['REQUEST_METHOD'], ['POST', 'PUT'], true)) {
    header('Allow: POST, PUT');
    answer(405);
}
// post_max_size in php.ini must be 8M or more: PHP shows an empty body in place of a longer one.
$length = (int) ($_SERVER['CONTENT_LENGTH'] ?? 0);
$body = file_get_contents('php://input', length: MAX_BODY + 1);
if (max($length, strlen($body)) > MAX_BODY) {
    answer(413);
}
// A repeated header arrives joined by commas, and so is no signature.
if (!verify($body, trim($_SERVER['HTTP_X_CHATISLAV_SIGNATURE'] ?? '', " \t"), $secrets)) {
    answer(401);
}
accept($body);
answer(204);
