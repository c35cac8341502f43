package respond_test

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"

	"github.com/haochaping/haochaping/internal/web/respond"
	"pgregory.net/rapid"
)

// serve answers a request with these headers: name, value, name, value.
func serve(answer func(w http.ResponseWriter, r *http.Request), method string, headers ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, "/ping/board", http.NoBody) //nolint:noctx // of a test
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	answer(w, r)
	return w
}

func unpack(t *testing.T, packed []byte) []byte {
	t.Helper()
	r, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		t.Fatal(err)
	}
	r.Multistream(false)
	text, err := io.ReadAll(r)
	if err != nil {
		t.Fatalf("no gzip file: %v", err)
	}
	return text
}

// A finished page is sent as it is or compressed, whichever the caller takes (RFC 9110, 12.5.3).
func TestKeptIsSentAsTheCallerTakesIt(t *testing.T) {
	page := []byte("<p>" + strings.Repeat("办得好", 5000))
	kept := respond.Keep("text/html; charset=utf-8", page)
	for accepts, packed := range map[string]bool{
		"": false, "gzip": true, "deflate, gzip;q=0.5": true, "gzip;q=0": false, "gzip; q=0.0": false, "*": true, "*;q=0": false, "br": false,
		"*;q=0, gzip": true, "gzip;q=0, *": false, "GZIP": true, "x-gzip": false,
	} {
		w := serve(kept.Serve, http.MethodGet, "Accept-Encoding", accepts)
		body := w.Body.Bytes()
		if got := w.Header().Get("Content-Encoding") == "gzip"; got != packed {
			t.Errorf("%q: packed is %v", accepts, got)
		}
		if w.Header().Get("Content-Length") != strconv.Itoa(len(body)) || w.Header().Get("Vary") != "Accept-Encoding" ||
			w.Header().Get("Content-Type") != "text/html; charset=utf-8" {
			t.Errorf("%q: %v", accepts, w.Header())
		}
		if packed {
			if len(body) > len(page)/10 {
				t.Errorf("%d bytes became %d", len(page), len(body))
			}
			body = unpack(t, body)
		}
		if !bytes.Equal(body, page) {
			t.Errorf("%q: another page", accepts)
		}
	}
	if w := serve(kept.Serve, http.MethodHead); w.Body.Len() > 0 || w.Header().Get("Content-Length") != strconv.Itoa(len(page)) {
		t.Errorf("HEAD: %d bytes, %v", w.Body.Len(), w.Header())
	}
}

// An envelope is made once, and each answer has its own request id, compressed or not; whatever the content and the id are,
// what is sent is one whole gzip file.
func TestAnEnvelopeEndsWithItsOwnRequestID(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		data := rapid.SliceOfN(rapid.String(), 0, 50).Draw(rt, "data")
		kept := respond.KeepData(data)
		ids := map[string]bool{}
		for _, accepts := range []string{"", "gzip", "gzip"} {
			w := serve(func(w http.ResponseWriter, r *http.Request) {
				respond.Identify(w)
				if code := kept.ServeData(w, r); code != respond.CodeSuccess {
					rt.Errorf("gave code %d", code)
				}
			}, http.MethodGet, "Accept-Encoding", accepts)
			body := w.Body.Bytes()
			if accepts != "" {
				body = unpack(t, body)
			}
			var got struct {
				respond.Envelope
				Data []string `json:"data"`
			}
			if err := json.Unmarshal(body, &got); err != nil {
				rt.Fatalf("%v: %s", err, body)
			}
			if got.RequestID == "" || got.RequestID != w.Header().Get("X-Request-Id") || got.Message != "成功" || len(got.Data) != len(data) {
				rt.Fatalf("got %s", body)
			}
			ids[got.RequestID] = true
		}
		if len(ids) != 3 {
			rt.Fatalf("request ids %v", ids)
		}
	})
}

// Who has the content already is told so (RFC 9110, 13.1.2); another content has another ETag.
func TestWhoHasItIsToldSo(t *testing.T) {
	etagOf := func(contentType, content string) string {
		return serve(respond.Keep(contentType, []byte(content)).Serve, http.MethodGet).Header().Get("Etag")
	}
	kept, etag := respond.Keep("text/html", []byte("a")), etagOf("text/html", "a")
	if etag != etagOf("text/html", "a") {
		t.Error("the same content has another ETag")
	}
	for _, other := range []string{etagOf("text/html", "b"), etagOf("text/plain", "a")} {
		if etag == other {
			t.Errorf("%s is the ETag of two contents", etag)
		}
	}
	strong := strings.TrimPrefix(etag, "W/")
	for has, want := range map[string]int{
		etag: http.StatusNotModified, strong: http.StatusNotModified, `"x", ` + etag: http.StatusNotModified, "*": http.StatusNotModified,
		`"x"`: http.StatusOK, "": http.StatusOK,
	} {
		w := serve(kept.Serve, http.MethodGet, "If-None-Match", has)
		if w.Code != want || w.Header().Get("Etag") != etag || want == http.StatusNotModified && w.Body.Len() > 0 {
			t.Errorf("%s: got %d, %v, %q", has, w.Code, w.Header(), w.Body)
		}
	}
}
