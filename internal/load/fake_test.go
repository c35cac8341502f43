package load_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"

	"github.com/haochaping/haochaping/client"
	"github.com/haochaping/haochaping/internal/load"
	"github.com/haochaping/haochaping/internal/signature"
)

const (
	testPaas   = "paas-0001"
	testSecret = "test-token-0123456789abcdef"
)

// ebus stands in for the server: it checks signatures and stores each review once, under its identity (contract 6).
type ebus struct {
	// spoil, when set, may answer the nth request in place of the server; it says whether it did.
	spoil func(e *ebus, n int, w http.ResponseWriter) bool
	// loses, when set, says whether the nth stored review is forgotten after it was acknowledged.
	loses func(n int) bool
	// number, when set, gives the nth stored review's serial number.
	number func(n int) string

	mu       sync.Mutex
	requests int
	stored   int
	serials  map[string]string // by identity
	paths    map[string]int
	bad      []string // signatures that were wrong
}

func (e *ebus) start(t *testing.T) string {
	e.serials, e.paths = map[string]string{}, map[string]int{}
	server := httptest.NewServer(e)
	t.Cleanup(server.Close)
	return server.URL
}

func (e *ebus) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	e.mu.Lock()
	defer e.mu.Unlock()
	e.requests++
	e.paths[r.URL.Path]++
	if e.spoil != nil && e.spoil(e, e.requests, w) {
		return
	}
	if err != nil || !signed(r, body) {
		e.bad = append(e.bad, r.URL.Path)
		answer(w, http.StatusOK, client.CodeSignature, "验签失败", "")
		return
	}
	key, err := identity(r.URL.Path, body)
	if err != nil {
		answer(w, http.StatusOK, client.CodeInvalid, err.Error(), "")
		return
	}
	serial, known := e.serials[key]
	if !known {
		e.stored++
		serial = fmt.Sprintf("E%011d", e.stored)
		if e.number != nil {
			serial = e.number(e.stored)
		}
		if e.loses == nil || !e.loses(e.stored) {
			e.serials[key] = serial
		}
	}
	answer(w, http.StatusOK, client.CodeOK, "成功", serial)
}

func signed(r *http.Request, body []byte) bool {
	h := r.Header
	timestamp, nonce := h.Get(signature.HeaderTimestamp), h.Get(signature.HeaderNonce)
	if h.Get(signature.HeaderPaasID) != testPaas ||
		!signature.Equal(h.Get(signature.HeaderSignature), signature.Short(timestamp, testSecret, nonce)) {
		return false
	}
	digest := h.Get(signature.HeaderBodyDigest)
	alg, ok := signature.ParseDigest(digest)
	return digest == "" || ok && digest == signature.BodyDigest(alg, body) && signature.Equal(h.Get(signature.HeaderStrong),
		signature.Strong(alg, testSecret, r.Method, signature.Target(r.URL), timestamp, nonce, digest))
}

// identity is app, object, subject, person and time of a review (contract 6).
func identity(path string, body []byte) (string, error) {
	switch path {
	case client.PathAffair:
		var m client.AffairEval
		err := json.Unmarshal(body, &m)
		return fmt.Sprint(m.AppCode, m.EvalEntityCode, m.Affair.AffairSerialNo, m.User.UserID, m.EvalTime), err
	case client.PathGuide:
		var m client.GuideEval
		err := json.Unmarshal(body, &m)
		return fmt.Sprint(m.AppCode, m.EvalEntityCode, m.Guide.AffairCode, m.User.UserID, m.EvalTime), err
	case client.PathHotline:
		var m client.HotlineEval
		err := json.Unmarshal(body, &m)
		return fmt.Sprint(m.AppCode, m.EvalEntityCode, m.WorkOrderID, m.User.ContactPhone, m.EvalTime), err
	default:
		return "", fmt.Errorf("no such interface: %s", path)
	}
}

func answer(w http.ResponseWriter, status, code int, message, serial string) {
	envelope := map[string]any{"code": code, "message": message, "requestId": "r1"}
	if serial != "" {
		envelope["data"] = map[string]string{"affairEvalId": serial}
	}
	w.Header().Set("Content-Type", "application/json;charset=utf-8")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(envelope)
}

func options(target string) load.Options {
	return load.Options{
		Target: target, AppCode: "app1", PaasID: testPaas, Secret: testSecret,
		Count: 300, Callers: 8, Seed: 1, Verify: true,
	}
}
