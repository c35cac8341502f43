package e2e

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/haochaping/haochaping/client"
)

// The three interfaces of the specification, and the look-up of tags.
const (
	pathAffair  = "/ping/ebus/affair/eval"
	pathGuide   = "/ping/ebus/guide/eval"
	pathHotline = "/ping/ebus/hotline/eval"
	pathTags    = "/ping/ebus/tags"
)

// Codes of the envelope (3.3).
const (
	succeeded = 0
	failed    = -1
	invalid   = 2
	untrusted = 3
)

// onContract runs a test against a server of its own on each engine, with an app whose code has all ten characters.
func onContract(t *testing.T, test func(t *testing.T, c *caller), arguments ...string) {
	t.Helper()
	onBothEngines(t, func(t *testing.T, h *house) {
		a := h.register(t, "gzga012345")
		test(t, &caller{server: h.serve(t, append([]string{"--rate", "0"}, arguments...)...), house: h, app: a})
	})
}

// part is one of several tests that share a server.
type part struct {
	name string
	test func(t *testing.T, c *caller)
}

// partsOnContract runs tests one after the other on one server of each engine.
func partsOnContract(t *testing.T, parts ...part) {
	t.Helper()
	onContract(t, func(t *testing.T, c *caller) {
		for _, p := range parts {
			t.Run(p.name, func(t *testing.T) {
				c.before += c.counted(t)
				p.test(t, c)
			})
		}
	})
}

// caller calls the interfaces as one app, by requests that no client library would make.
type caller struct {
	server *server
	house  *house
	app    app
	before int // how many reviews were counted before the test
}

// as is the caller as another app.
func (c *caller) as(a app) *caller {
	other := *c
	other.app = a
	return &other
}

// newApp registers another app while the server runs, and waits until it is known there.
func (c *caller) newApp(t *testing.T, code string, more ...string) *caller {
	t.Helper()
	other := c.as(c.house.register(t, code, more...))
	unproved := request{method: http.MethodGet, path: pathTags, header: map[string]string{"X-Tif-Signature": "0"}}
	eventually(t, "a new app is known", func() bool { return !strings.Contains(other.call(t, unproved).Message, "未登记") })
	return other
}

// counted is how many reviews of the test the public figures hold.
func (c *caller) counted(t *testing.T) int {
	t.Helper()
	return counted(t, c.server) - c.before
}

// request is what is sent, signed as the app.
type request struct {
	method string // POST when empty
	path   string
	body   string
	// header is added to the usual headers, and replaces them; "" leaves one out.
	header map[string]string
	// chunked hides how long the body is, unsigned leaves the signature to header.
	chunked, unsigned bool
}

// answer is what came back.
type answer struct {
	status   int
	protocol string
	header   http.Header
	text     string
	// The envelope (contract.md 2).
	Code      *int            `json:"code"`
	Message   string          `json:"message"`
	Data      json.RawMessage `json:"data"`
	Errors    []violation     `json:"errors"`
	RequestID string          `json:"requestId"`
}

type violation struct {
	Field  string `json:"field"`
	Reason string `json:"reason"`
}

func (a *answer) code() int { return *a.Code }

// serial is the review's number in the answer to a submission.
func (a *answer) serial() string {
	var data struct{ AffairEvalID string }
	_ = json.Unmarshal(a.Data, &data) // what is no such data has no number
	return data.AffairEvalID
}

// fields are the paths of all faults.
func (a *answer) fields() string {
	var paths []string
	for _, v := range a.Errors {
		paths = append(paths, v.Field)
	}
	return strings.Join(paths, " ")
}

// plain follows no redirect.
var plain = &http.Client{
	Timeout:       patience,
	CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
}

// call sends a request, signed for now, and holds the answer against what every answer must be.
func (c *caller) call(t *testing.T, q request) *answer {
	t.Helper()
	a, err := c.exchange(t.Context(), plain, q)
	if err != nil {
		t.Fatal(err)
	}
	if fault := a.fault(); fault != "" {
		t.Errorf("%s %s: %s\n%d %v\n%s", q.method, q.path, fault, a.status, a.header, a.text)
	}
	if a.Code == nil {
		t.Fatalf("%s %s: no envelope: %s", q.method, q.path, a.text)
	}
	return a
}

// exchange sends a request and reads its answer.
func (c *caller) exchange(ctx context.Context, by *http.Client, q request) (*answer, error) {
	if q.method == "" {
		q.method = http.MethodPost
	}
	r, err := http.NewRequestWithContext(ctx, q.method, c.server.url+q.path, strings.NewReader(q.body))
	if err != nil {
		return nil, err
	}
	if !q.unsigned {
		client.SignHeaders(r.Header, c.app.PaasID, c.app.Secret, time.Now())
	}
	if q.body != "" {
		r.Header.Set("Content-Type", "application/json;charset=utf-8")
	}
	if q.chunked {
		r.ContentLength = -1
	}
	for name, value := range q.header {
		if value == "" {
			r.Header.Del(name)
		} else {
			r.Header.Set(name, value)
		}
	}
	response, err := by.Do(r)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close() //nolint:errcheck // it was read
	text, err := io.ReadAll(response.Body)
	if err != nil {
		return nil, err
	}
	a := &answer{status: response.StatusCode, protocol: response.Proto, header: response.Header, text: string(text)}
	if len(text) > 0 {
		decoder := json.NewDecoder(bytes.NewReader(text))
		decoder.DisallowUnknownFields()
		if err := decoder.Decode(a); err != nil {
			return nil, fmt.Errorf("%s %s: %w: %d %s", q.method, q.path, err, a.status, text)
		}
	}
	return a, nil
}

// fault says what is wrong with an answer whatever was asked (contract.md 2); empty when nothing is.
func (a *answer) fault() string {
	switch n := utf8.RuneCountInString(a.Message); {
	case a.Code == nil:
		return "no code"
	case a.header.Get("Content-Type") != "application/json;charset=utf-8":
		return "Content-Type"
	case a.header.Get("Content-Length") != strconv.Itoa(len(a.text)):
		return "Content-Length"
	case a.RequestID == "" || a.RequestID != a.header.Get("X-Request-Id"):
		return "requestId and X-Request-Id"
	case n == 0 || n > 100 || !chinese(a.Message):
		return "message: Chinese, 1 to 100 characters"
	case (a.Data != nil) != (a.code() == succeeded):
		return "data on success only"
	case (len(a.Errors) > 0) != (a.code() == invalid):
		return "errors with code 2 only"
	case a.code() != failed && a.status != http.StatusOK:
		return "status"
	}
	for _, v := range a.Errors {
		if v.Field == "" || !chinese(v.Reason) {
			return "an error without its field or a Chinese reason"
		}
	}
	if a.code() == invalid {
		if !strings.HasPrefix(a.Message, "参数不合法："+a.Errors[0].Field) {
			return "the message names the first field"
		}
	}
	return ""
}

func chinese(s string) bool {
	return strings.ContainsFunc(s, func(r rune) bool { return unicode.Is(unicode.Han, r) })
}

// submit sends a message to its interface.
func (c *caller) submit(t *testing.T, path string, m tree) *answer {
	t.Helper()
	return c.call(t, request{path: path, body: m.text()})
}

// mustSubmit sends a message that must be stored, and gives its serial number.
func (c *caller) mustSubmit(t *testing.T, path string, m tree) string {
	t.Helper()
	a := c.submit(t, path, m)
	if a.code() != succeeded || len(a.serial()) != 20 {
		t.Fatalf("%s: got %s, want code 0\n%s", path, a.text, m.text())
	}
	return a.serial()
}

// subjects counts the subjects that were made, so that each is another.
var subjects atomic.Int64

func nextSubject() string { return fmt.Sprintf("S%07d", subjects.Add(1)) }

// shanghai is the time zone of every time in a message.
var shanghai = time.FixedZone("Asia/Shanghai", 8*60*60)

// at writes a time as the specification does.
func at(t time.Time) string { return t.In(shanghai).Format("20060102150405") }
