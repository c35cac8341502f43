package console

import (
	"net/http"
	"strings"

	"github.com/haochaping/haochaping/internal/identity"
)

// back is the page above an address that was refused, for a person who may see it: what he came from, as it is now, which a
// browser's reload of what was sent does not show. Empty where that is the home page. Of something that is not there it is the list.
func (h *Handler) back(r *http.Request, status int) string {
	p := present(r)
	if p == nil || p.Step != identity.Through {
		return ""
	}
	return h.above(r.URL.EscapedPath(), func(to *route, path string) bool {
		return p.Staff.May(to.action) && (status != http.StatusNotFound || to.pattern == path)
	})
}

// cameFrom is the page on which a form stood that was sent: the one at its own address, or above it. Empty where that is the home page.
func (h *Handler) cameFrom(r *http.Request) string {
	_, sent, _ := strings.Cut(r.Pattern, " ")
	for _, to := range h.table {
		if to.method == http.MethodGet && to.pattern == sent {
			if _, step := stepOf(to.action); step || to.action == anyone {
				return "" // the login's own forms
			}
			return r.URL.RequestURI() // a form of one thing among others says which in its address
		}
	}
	return h.above(r.URL.EscapedPath(), func(*route, string) bool { return true })
}

// above is the nearest page above an address that is taken; empty where that is the home page.
func (h *Handler) above(path string, takes func(to *route, path string) bool) string {
	for {
		path = path[:max(0, strings.LastIndexByte(path, '/'))]
		if len(path) <= len(Prefix) {
			return ""
		}
		for i := range h.table {
			if to := &h.table[i]; to.method == http.MethodGet && leadsTo(to.pattern, path) && takes(to, path) {
				return path
			}
		}
	}
}

// leadsTo says whether a pattern of the table is that of a path.
func leadsTo(pattern, path string) bool {
	wants, parts := strings.Split(pattern, "/"), strings.Split(path, "/")
	if len(wants) != len(parts) || strings.HasSuffix(pattern, "{$}") {
		return false
	}
	for i, want := range wants {
		if want != parts[i] && !strings.HasPrefix(want, "{") {
			return false
		}
	}
	return true
}
