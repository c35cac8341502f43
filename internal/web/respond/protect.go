package respond

import (
	"net/http"
	"strconv"
	"time"
)

// Protection are the headers that every answer begins with, before anybody knows what it will be: a browser is to take it for nothing but
// what it says it is, run nothing of it, show it in no frame of another site, and tell no other site where it came from. What needs more,
// a page or a block that others may show, says so itself, in place of what stands here.
type Protection struct {
	headers []struct {
		name  string
		value []string // shared by all answers: whoever sets the header puts another in its place
	}
}

// NewProtection makes them. hsts is for how long browsers that came by HTTPS are to come by nothing else (RFC 6797); 0 says nothing of it.
func NewProtection(hsts time.Duration) *Protection {
	p := &Protection{}
	set := func(name, value string) {
		p.headers = append(p.headers, struct {
			name  string
			value []string
		}{http.CanonicalHeaderKey(name), []string{value}})
	}
	set("X-Content-Type-Options", "nosniff")
	set("Content-Security-Policy", "default-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'")
	set(headerFrames, "DENY")
	set("Referrer-Policy", "same-origin")
	set("Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()")
	set("Cross-Origin-Opener-Policy", "same-origin")
	set(headerResources, "same-origin")
	if hsts > 0 {
		set("Strict-Transport-Security", "max-age="+strconv.Itoa(int(hsts.Seconds())))
	}
	return p
}

const (
	headerFrames    = "X-Frame-Options"
	headerResources = "Cross-Origin-Resource-Policy"
)

// Handler puts them before what next answers.
func (p *Protection) Handler(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		header := w.Header()
		for i := range p.headers {
			header[p.headers[i].name] = p.headers[i].value
		}
		next.ServeHTTP(w, r)
	})
}

// Share lets pages of any site use an answer that is public anyway: as a picture, a style, or by a script.
func Share(header http.Header) { header.Set(headerResources, "cross-origin") }

// Frame leaves it to the answer's own policy who may show it in a frame: the older header can't name sites.
func Frame(header http.Header) { header.Del(headerFrames) }

// Site is a handler that tells what it answers, for who asks for all of it.
type Site struct {
	http.Handler
	patterns []string
}

// NewSite makes a site that answers these patterns of http.ServeMux.
func NewSite(handler http.Handler, patterns []string) *Site { return &Site{handler, patterns} }

// Patterns are what it answers.
func (s *Site) Patterns() []string { return s.patterns }
