// Verifies Chatislav webhooks with nothing but the standard library of Go 1.19 or later: go run verify.go
package main

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"log"
	"net/http"
	"os"
	"strings"
	"time"
)

const maxBody = 8 << 20

// verify says whether one of the secrets signed exactly these bytes. The header comes once: who sends
// two values leaves open which of them counts.
func verify(body []byte, signatures, secrets []string) bool {
	if len(signatures) != 1 {
		return false
	}
	given, err := hex.DecodeString(signatures[0])
	if err != nil {
		return false
	}
	for _, secret := range secrets {
		mac := hmac.New(sha256.New, []byte(secret))
		mac.Write(body)
		if hmac.Equal(given, mac.Sum(nil)) {
			return true
		}
	}
	return false
}

// endpoint reads the raw body: a json.Decoder on r.Body would leave nothing that could be verified.
func endpoint(secrets []string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodPost && r.Method != http.MethodPut {
			w.Header().Set("Allow", "POST, PUT")
			w.WriteHeader(http.StatusMethodNotAllowed)
			return
		}
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
		var tooLarge *http.MaxBytesError
		switch {
		case errors.As(err, &tooLarge):
			w.WriteHeader(http.StatusRequestEntityTooLarge)
		case err != nil:
			w.WriteHeader(http.StatusBadRequest)
		case !verify(body, r.Header.Values("X-Chatislav-Signature"), secrets):
			w.WriteHeader(http.StatusUnauthorized)
		default:
			accept(body)
			w.WriteHeader(http.StatusNoContent)
		}
	}
}

// accept keeps these bytes, in a queue or a table, to be parsed after the answer. Chatislav retries with
// the same bytes, so their SHA-256 tells a duplicate.
func accept(body []byte) {
	log.Printf("a genuine event of %d bytes", len(body))
}

func main() {
	// The old one only during a rotation. A blank one is refused: everybody could sign with it.
	secrets := []string{os.Getenv("CHATISLAV_WEBHOOK_SECRET")}
	if old, set := os.LookupEnv("CHATISLAV_WEBHOOK_SECRET_OLD"); set {
		secrets = append(secrets, old)
	}
	for _, secret := range secrets {
		if strings.TrimSpace(secret) == "" {
			log.Fatal("CHATISLAV_WEBHOOK_SECRET is missing or blank")
		}
	}
	port := os.Getenv("PORT")
	if port == "" {
		port = "8080"
	}
	server := &http.Server{Addr: "127.0.0.1:" + port, Handler: endpoint(secrets), ReadTimeout: 30 * time.Second}
	log.Fatal(server.ListenAndServe())
}
