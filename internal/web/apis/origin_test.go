package apis

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/haochaping/haochaping/internal/catalog"
	"github.com/haochaping/haochaping/internal/figures"
	"github.com/haochaping/haochaping/internal/org"
)

// A page of another site reads the answers and their headers, and asks beforehand where its browser demands it.
func TestPagesOfOtherSitesMayAsk(t *testing.T) {
	registry, entities, tags := org.NewRegistry(org.Guangdong(), nil), catalog.NewEntitySet(catalog.Specified()), catalog.NewTags(catalog.National())
	handler := NewHandler(Needs{
		Figures:  figures.NewService(figures.Needs{Store: counted{count: 9}, Registry: registry, Entities: entities, Tags: tags, Now: time.Now}),
		Registry: registry, Entities: entities, Tags: tags, Root: "440000000000", Now: time.Now, Log: slog.New(slog.DiscardHandler),
	})
	ask := func(method, path string) *httptest.ResponseRecorder {
		r := httptest.NewRequestWithContext(t.Context(), method, "/ping/apis/"+path, http.NoBody)
		r.Header.Set("Origin", "https://portal.example")
		r.Header.Set("Access-Control-Request-Method", http.MethodGet)
		r.Header.Set("Access-Control-Request-Headers", "if-none-match")
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, r)
		return w
	}
	for path, want := range map[string]int{"v1/stars": http.StatusOK, "evals/stars": http.StatusOK, "nothing": http.StatusNotFound} {
		w := ask(http.MethodGet, path)
		if w.Code != want || w.Header().Get("Access-Control-Allow-Origin") != "*" {
			t.Errorf("%s: got %d, %v", path, w.Code, w.Header())
		}
		for _, name := range []string{"ETag", "Retry-After", "X-Request-Id"} {
			if shown := w.Header().Get("Access-Control-Expose-Headers"); !strings.Contains(shown, name) {
				t.Errorf("%s: the page may read %q, not %s", path, shown, name)
			}
		}
	}
	for _, path := range []string{"v1/stars", "evals/stars"} {
		w := ask(http.MethodOptions, path)
		header := w.Header()
		if w.Code != http.StatusNoContent || w.Body.Len() > 0 || header.Get("Access-Control-Allow-Origin") != "*" ||
			header.Get("Access-Control-Allow-Methods") != "GET, HEAD" || !strings.Contains(header.Get("Access-Control-Allow-Headers"), "If-None-Match") {
			t.Errorf("OPTIONS %s: got %d, %v", path, w.Code, header)
		}
	}
	if w := ask(http.MethodOptions, "nothing"); w.Code != http.StatusNotFound {
		t.Errorf("OPTIONS of no interface: got %d", w.Code)
	}
}
