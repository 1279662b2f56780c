# frozen_string_literal: true

# Verifies Chatislav webhooks with nothing but the standard library of Ruby 3.0 or later.
#
# Run it with any Rack server, `puma verify.ru`, or mount ENDPOINT in Rails: `mount ENDPOINT => "/hook"`.
# The raw body in a Rails controller: `request.raw_post`. What `params.to_json` makes is not what was signed.

require "openssl"

MAX_BODY = 8 * 1024 * 1024

# The old one only during a rotation. A blank one is refused: everybody could sign with it.
SECRETS = [ENV.fetch("CHATISLAV_WEBHOOK_SECRET", ""), ENV["CHATISLAV_WEBHOOK_SECRET_OLD"]].compact.freeze
abort "CHATISLAV_WEBHOOK_SECRET is missing or blank" if SECRETS.any? { |secret| secret.strip.empty? }

# Whether one of the secrets signed exactly these bytes.
def verify(body, signature, secrets)
  # As bytes, since a pattern raises on text that is no UTF-8; \A and \z, since ^ and $ are the ends of any line.
  digits = signature.b[/\A[ \t]*(\h{64})[ \t]*\z/, 1] or return false
  given = [digits].pack("H*")
  secrets.any? do |secret|
    OpenSSL.fixed_length_secure_compare(given, OpenSSL::HMAC.digest("SHA256", secret, body))
  end
end

# Keep these bytes, in a queue or a table, and parse them after the answer.
# Chatislav retries with the same bytes, so their SHA-256 tells a duplicate.
def accept(body)
  puts "a genuine event of #{body.bytesize} bytes"
end

ENDPOINT = lambda do |env|
  next [405, { "allow" => "POST, PUT" }, []] unless %w[POST PUT].include?(env["REQUEST_METHOD"])

  body = env["rack.input"].read(MAX_BODY + 1) || ""
  next [413, {}, []] if body.bytesize > MAX_BODY

  # A repeated header arrives joined by commas, and so is no signature.
  next [401, {}, []] unless verify(body, env.fetch("HTTP_X_CHATISLAV_SIGNATURE", ""), SECRETS)

  accept(body)
  [204, {}, []]
end

run ENDPOINT
