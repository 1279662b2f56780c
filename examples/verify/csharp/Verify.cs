// Verifies Chatislav webhooks with nothing but the class library: `mcs Verify.cs && mono Verify.exe`, or in a
// console project of .NET Core 2.1 or later.
// The raw body in ASP.NET Core: copy `Request.Body` into a MemoryStream before anything binds a model to it;
// what JsonSerializer makes of the model is not what was signed.

using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using System.Threading.Tasks;

public static class Verify
{
    const int MaxBody = 8 * 1024 * 1024;

    /// <summary>Whether one of the secrets signed exactly these bytes.</summary>
    public static bool IsGenuine(byte[] body, string signature, IReadOnlyList<string> secrets)
    {
        // \z, since $ also matches before a line end.
        if (!Regex.IsMatch(signature, @"\A[0-9A-Fa-f]{64}\z")) return false;
        var given = Enumerable.Range(0, 32).Select(i => Convert.ToByte(signature.Substring(2 * i, 2), 16)).ToArray();
        foreach (var secret in secrets)
        {
            using (var mac = new HMACSHA256(Encoding.UTF8.GetBytes(secret)))
            {
                if (CryptographicOperations.FixedTimeEquals(given, mac.ComputeHash(body))) return true;
            }
        }
        return false;
    }

    static int Answer(HttpListenerContext context, IReadOnlyList<string> secrets)
    {
        var request = context.Request;
        if (request.HttpMethod != "POST" && request.HttpMethod != "PUT")
        {
            context.Response.AddHeader("Allow", "POST, PUT");
            return 405;
        }
        var body = ReadBody(request.InputStream);
        if (body == null) return 413;
        // Of a repeated header HttpListener shows the last value, or all of them joined by commas.
        if (!IsGenuine(body, request.Headers["X-Chatislav-Signature"] ?? "", secrets)) return 401;
        Accept(body);
        return 204;
    }

    /// <summary>The body as it came, or null over the limit.</summary>
    static byte[] ReadBody(Stream input)
    {
        var body = new MemoryStream();
        var piece = new byte[65536];
        for (int size; (size = input.Read(piece, 0, piece.Length)) > 0;)
        {
            if (body.Length + size > MaxBody) return null;
            body.Write(piece, 0, size);
        }
        return body.ToArray();
    }

    /// <summary>
    /// Keep these bytes, in a queue or a table, and parse them after the answer.
    /// Chatislav retries with the same bytes, so their SHA-256 tells a duplicate.
    /// </summary>
    static void Accept(byte[] body)
    {
        Console.WriteLine("a genuine event of " + body.Length + " bytes");
    }

    public static void Main()
    {
        // The old one only during a rotation. A blank one is refused: everybody could sign with it.
        var old = Environment.GetEnvironmentVariable("CHATISLAV_WEBHOOK_SECRET_OLD");
        var secrets = new List<string> { Environment.GetEnvironmentVariable("CHATISLAV_WEBHOOK_SECRET") };
        if (old != null) secrets.Add(old);
        if (secrets.Any(string.IsNullOrWhiteSpace))
        {
            throw new InvalidOperationException("CHATISLAV_WEBHOOK_SECRET is missing or blank");
        }

        var listener = new HttpListener();
        listener.Prefixes.Add("http://127.0.0.1:" + (Environment.GetEnvironmentVariable("PORT") ?? "8080") + "/");
        listener.Start();
        while (true)
        {
            var context = listener.GetContext();
            Task.Run(() =>
            {
                try
                {
                    context.Response.StatusCode = Answer(context, secrets);
                    context.Response.Close();
                }
                catch (Exception)
                {
                    // A response that is closed as it was made says 200, and so that all is well.
                    context.Response.Abort();
                }
            });
        }
    }
}
