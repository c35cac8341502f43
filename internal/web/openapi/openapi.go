// Package openapi serves the OpenAPI document of the interfaces.
package openapi

import (
	_ "embed"
	"net/http"

	"github.com/haochaping/haochaping/internal/web/respond"
)

//go:embed openapi.json
var document []byte

// Handler serves the document. Any page may read it: it is public.
func Handler() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Access-Control-Allow-Origin", "*")
		respond.Share(w.Header())
		_, _ = w.Write(document) // a reader that hung up loses his answer only
	})
}
