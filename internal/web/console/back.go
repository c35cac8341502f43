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
	for path := r.URL.EscapedPath(); ; {
		path = path[:max(0, strings.LastIndexByte(path, '/'))]
		if len(path) <= len(Prefix) {
			return ""
		}
		for _, to := range h.table {
			if to.method == http.MethodGet && p.Staff.May(to.action) && leadsTo(to.pattern, path) && (status != http.StatusNotFound || to.pattern == path) {
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
