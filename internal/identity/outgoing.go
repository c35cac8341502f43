package identity

import (
	"fmt"
	"net/http"
	"time"
)

// Bounds of one call to the provider.
const (
	callTimeout = 5 * time.Second
	maxAnswer   = 256 << 10 // bytes
)

// newClient makes the client of all calls to the provider.
func newClient() *http.Client {
	return &http.Client{
		Timeout: callTimeout,
		Transport: bounded{&http.Transport{
			Proxy:                  http.ProxyFromEnvironment,
			ForceAttemptHTTP2:      true,
			MaxConnsPerHost:        64,
			MaxIdleConnsPerHost:    8,
			IdleConnTimeout:        30 * time.Second,
			TLSHandshakeTimeout:    callTimeout,
			MaxResponseHeaderBytes: 64 << 10,
		}},
		// No endpoint moves: what is sent holds secrets.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// bounded reads no endless answer, and makes errors of those that libraries would quote at length.
type bounded struct{ next http.RoundTripper }

func (b bounded) RoundTrip(r *http.Request) (*http.Response, error) {
	response, err := b.next.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	if r.Method == http.MethodGet && response.StatusCode != http.StatusOK {
		_ = response.Body.Close() // nobody reads it
		return nil, fmt.Errorf("status %d", response.StatusCode)
	}
	response.Body = http.MaxBytesReader(nil, response.Body, maxAnswer)
	return response, nil
}
