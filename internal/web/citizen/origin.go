package citizen

import (
	"crypto/rand"
	"net/http"
	"strings"
	"time"

	"github.com/haochaping/haochaping/internal/review"
)

// phoneCookie tells devices apart for a day, so that one device which rates for many people is seen. It is set when somebody submits and says nothing about
// him; what is kept of it is a keyed hash of that day.
const (
	phoneCookie = "hcp-phone"
	phoneAge    = 24 * time.Hour
	phoneMost   = 64 // characters of what a browser sends back
)

// origin is where a review comes from: the device by its name of a day, and the network address.
func (h *Handler) origin(w http.ResponseWriter, r *http.Request) review.Origin {
	name := ""
	if cookie, err := r.Cookie(phoneCookie); err == nil && len(cookie.Value) <= phoneMost {
		name = cookie.Value
	}
	if name == "" {
		name = rand.Text()
		http.SetCookie(w, &http.Cookie{ //nolint:gosec // Secure wherever people come by https
			Name: phoneCookie, Value: name, Path: prefix, MaxAge: int(phoneAge.Seconds()), HttpOnly: true,
			Secure: strings.HasPrefix(h.BaseURL, "https://"), SameSite: http.SameSiteLaxMode,
		})
	}
	return review.Origin{Device: name, Address: h.network(r)}
}
