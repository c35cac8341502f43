package view

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"testing"
)

// An asset goes packed to who takes it so, and is the same either way.
func TestAssetsArePacked(t *testing.T) {
	cases := map[string]bool{
		"":                         false,
		"gzip":                     true,
		"GZIP":                     true,
		"br, gzip;q=0.8":           true,
		"gzip;q=0":                 false,
		"gzip; q=0.000, identity":  false,
		"deflate, br":              false,
		"x-gzip":                   false,
		"identity;q=1, gzip; q=.5": true,
	}
	address, err := Asset("board.css")
	if err != nil {
		t.Fatal(err)
	}
	want, err := assetFiles.ReadFile("assets/board.css")
	if err != nil {
		t.Fatal(err)
	}
	for accepts, packed := range cases {
		request := httptest.NewRequest(http.MethodGet, address, nil) //nolint:noctx // nothing goes over a network
		request.Header.Set("Accept-Encoding", accepts)
		answer := httptest.NewRecorder()
		AssetHandler().ServeHTTP(answer, request)
		header := answer.Header()
		if got := header.Get("Content-Encoding") == "gzip"; got != packed {
			t.Errorf("%q: packed %v, want %v", accepts, got, packed)
			continue
		}
		if header.Get("Vary") != "Accept-Encoding" || header.Get("Content-Type") != "text/css; charset=utf-8" ||
			header.Get("Content-Length") != strconv.Itoa(answer.Body.Len()) {
			t.Errorf("%q: headers %v of %d bytes", accepts, header, answer.Body.Len())
		}
		var body io.Reader = answer.Body
		if packed {
			if body, err = gzip.NewReader(answer.Body); err != nil {
				t.Fatal(err)
			}
		}
		if got, err := io.ReadAll(body); err != nil || !bytes.Equal(got, want) {
			t.Errorf("%q: what arrives is another style sheet (%v)", accepts, err)
		}
	}
}

// Every asset has a kind that browsers take without guessing.
func TestAssetsHaveTheirKind(t *testing.T) {
	for name, a := range assets() {
		if a.kind == "" {
			t.Errorf("%s has no kind", name)
		}
	}
}
