package citizen

import (
	"crypto/rand"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/haochaping/haochaping/internal/fault"
	"github.com/haochaping/haochaping/internal/identity"
	"golang.org/x/time/rate"
)

// Limits on how often may be submitted. A hall's people share one address, so it may do much; a person may not.
const (
	perAddress  = 4.0 // a second
	addressMost = 120
	perDevice   = 0.5 // a tablet, which nobody logs in at; what waited for the network is sent at once
	deviceMost  = 60
	perPerson   = 0.2
	personMost  = 10
	// looksPerAddress bounds reading of pages by receipt: a code has 55 bits, so guessing is hopeless long before. Whoever submits looks
	// at his thanks, twice where scripts run.
	looksPerAddress = 2*perAddress + 2
	looksMost       = 2*addressMost + 60
	// remembered is how many callers are remembered at most; generation how long at least.
	remembered = 100_000
	generation = 10 * time.Minute
)

// limits are buckets by name. The older half is forgotten from time to time, so that memory is bounded.
type limits struct {
	now      func() time.Time
	mu       sync.Mutex
	young    map[string]*rate.Limiter
	old      map[string]*rate.Limiter
	turnover time.Time
}

func newLimits(now func() time.Time) *limits {
	return &limits{now: now, young: map[string]*rate.Limiter{}, turnover: now()}
}

func (l *limits) allow(name string, perSecond float64, most int) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.now()
	if now.Sub(l.turnover) > generation || len(l.young) >= remembered {
		l.old, l.young, l.turnover = l.young, map[string]*rate.Limiter{}, now
	}
	bucket, ok := l.young[name]
	if !ok {
		if bucket, ok = l.old[name]; !ok {
			bucket = rate.NewLimiter(rate.Limit(perSecond), most)
		}
		l.young[name] = bucket
	}
	return bucket.AllowN(now, 1)
}

// limitSubmits refuses who submits too often.
func (h *Handler) limitSubmits(r *http.Request) error {
	allowed := h.limits.allow("address "+h.network(r), perAddress, addressMost)
	if device, err := r.Cookie(deviceCookie); err == nil && len(device.Value) <= deviceLongest && allowed {
		allowed = h.limits.allow("device "+device.Value, perDevice, deviceMost)
	}
	if citizen, ok := h.citizen(r); ok && allowed {
		allowed = h.limits.allow("person "+citizen.UserID, perPerson, personMost)
	}
	if !allowed {
		return fault.NewTooMany(say(r, "提交得太频繁了，评价还没有提交。请等一分钟，再点一次提交。",
			"That was too often, and nothing was stored. Please wait a minute and submit once more."), time.Minute)
	}
	return nil
}

// deviceCookie tells tablets apart, for limits alone; it stays below their own pages. What is longer than its names is none of them.
const (
	deviceCookie  = "hcp-device"
	deviceLongest = 64
)

// nameDevice gives a tablet its name, unless it has one.
func (h *Handler) nameDevice(w http.ResponseWriter, r *http.Request) {
	if _, err := r.Cookie(deviceCookie); err == nil {
		return
	}
	http.SetCookie(w, &http.Cookie{ //nolint:gosec // Secure wherever people come by https
		Name: deviceCookie, Value: rand.Text(), Path: "/ping/pb", MaxAge: int(preferenceAge.Seconds()), HttpOnly: true,
		Secure: strings.HasPrefix(h.BaseURL, "https://"), SameSite: http.SameSiteLaxMode,
	})
}

// limitLooks refuses who looks up too many reviews.
func (h *Handler) limitLooks(r *http.Request) error {
	if !h.limits.allow("look "+h.network(r), looksPerAddress, looksMost) {
		return fault.NewTooMany(say(r, "查询得太频繁了，请等一分钟再试。", "You looked up too many reviews. Please wait a minute."), time.Minute)
	}
	return nil
}

// limitLogins refuses who begins too many logins: each is a session to store.
func (h *Handler) limitLogins(r *http.Request) error {
	if !h.limits.allow("login "+h.network(r), perAddress, addressMost) {
		return fault.NewTooMany(say(r, "登录得太频繁了，请等一分钟再试。", "Too many logins. Please wait a minute."), time.Minute)
	}
	return nil
}

// network is what a caller is counted by: one customer's addresses are one.
func (h *Handler) network(r *http.Request) string { return identity.Network(h.Address(r)) }

// remoteAddress is the connection's address without its port.
func remoteAddress(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
}
