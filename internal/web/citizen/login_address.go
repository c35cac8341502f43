package citizen

import (
	"fmt"
	"net/http"
	"strings"
)

// home is where a login ends that came from nowhere of ours.
const home = "/ping/my.html"

// maxAddress is the longest address that a login comes back to, in bytes.
const maxAddress = 2048

// local is to if it is an address of a page of ours, else home: nobody is sent elsewhere after his login.
func local(to string) string {
	if isLocal(to) {
		return to
	}
	return home
}

// isLocal takes a path below /ping/ that needs no reading twice: plain characters, no empty, dot or escaped segment, then perhaps a
// query.
func isLocal(to string) bool {
	path, query, _ := strings.Cut(to, "?")
	if len(to) > maxAddress || !strings.HasPrefix(path, "/ping/") {
		return false
	}
	for segment := range strings.SplitSeq(path[1:], "/") {
		if segment == "" || segment == "." || segment == ".." || !only(segment, plain) {
			return false
		}
	}
	switch path {
	case loginPath, callbackPath, logoutPath, demoLoginPath:
		return false
	}
	return only(query, inQuery)
}

func only(text string, allowed func(c byte) bool) bool {
	for i := range len(text) {
		if !allowed(text[i]) {
			return false
		}
	}
	return true
}

// plain are RFC 3986's unreserved characters.
func plain(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || strings.IndexByte("-._~", c) >= 0
}

// inQuery are the characters of a query that browsers send as they are.
func inQuery(c byte) bool { return plain(c) || strings.IndexByte("%!$&()*+,;=:@/?", c) >= 0 }

// address is where a request went, as local takes it: some scanners send a query's characters as they are.
func address(r *http.Request) string {
	path, query, found := strings.Cut(r.URL.RequestURI(), "?")
	if !found {
		return path
	}
	var clean strings.Builder
	for i := range len(query) {
		if inQuery(query[i]) {
			clean.WriteByte(query[i])
		} else {
			fmt.Fprintf(&clean, "%%%02X", query[i])
		}
	}
	return path + "?" + clean.String()
}
