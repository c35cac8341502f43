package client_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/haochaping/haochaping/client"
	"github.com/haochaping/haochaping/internal/signature"
)

const accepted = `{"code":0,"message":"成功","data":{"affairEvalId":"E1"},"requestId":"r1"}`

// script answers each request with the next of its steps and keeps what was asked and how long was paused.
type script struct {
	steps  []http.HandlerFunc
	pauses []time.Duration
	mu     sync.Mutex // guards what follows
	asked  []*http.Request
	bodies []string
}

func (s *script) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	s.mu.Lock()
	s.asked, s.bodies = append(s.asked, r), append(s.bodies, string(body))
	step := s.steps[min(len(s.asked), len(s.steps))-1]
	s.mu.Unlock()
	step(w, r)
}

// seen gives the requests so far and their bodies.
func (s *script) seen() ([]*http.Request, []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.asked, s.bodies
}

func (s *script) start(t *testing.T, opts ...client.Option) *client.Client {
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	opts = append([]client.Option{client.WithClock(clock), client.WithWait(func(ctx context.Context, d time.Duration) error {
		s.pauses = append(s.pauses, d)
		return ctx.Err()
	})}, opts...)
	return client.New(server.URL+"/", testPaas, testSecret, opts...)
}

func say(status int, body string, headers ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		for i := 0; i < len(headers); i += 2 {
			w.Header().Set(headers[i], headers[i+1])
		}
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

func hangUp(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }

func TestSubmit(t *testing.T) {
	s := &script{steps: []http.HandlerFunc{say(200, accepted)}}
	c := s.start(t)
	want := client.Receipt{AffairEvalID: "E1", RequestID: "r1", Message: "成功"}
	for _, tt := range []struct {
		path   string
		submit func() (client.Receipt, error)
		sent   any
	}{
		{"/ping/ebus/affair/eval", func() (client.Receipt, error) {
			return c.SubmitAffair(t.Context(), client.AffairEval{AppCode: "a", Remark: "<好&>"})
		}, client.AffairEval{AppCode: "a", Remark: "<好&>"}},
		{"/ping/ebus/guide/eval", func() (client.Receipt, error) {
			return c.SubmitGuide(t.Context(), client.GuideEval{AppCode: "a"})
		}, client.GuideEval{AppCode: "a"}},
		{"/ping/ebus/hotline/eval", func() (client.Receipt, error) {
			return c.SubmitHotline(t.Context(), client.HotlineEval{AppCode: "a"})
		}, client.HotlineEval{AppCode: "a"}},
	} {
		got, err := tt.submit()
		if err != nil || got != want {
			t.Errorf("%s: got %+v, %v, want %+v", tt.path, got, err, want)
		}
		asked, bodies := s.seen()
		last := asked[len(asked)-1]
		if last.Method != http.MethodPost || last.URL.Path != tt.path {
			t.Errorf("got %s %s, want POST %s", last.Method, last.URL.Path, tt.path)
		}
		if got, want := last.Header.Get("Content-Type"), "application/json;charset=utf-8"; got != want {
			t.Errorf("%s: content type: got %q, want %q", tt.path, got, want)
		}
		var sent map[string]any
		if err := json.Unmarshal([]byte(bodies[len(bodies)-1]), &sent); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(fields(t, tt.sent), sent); diff != "" {
			t.Errorf("%s: body (-want +got)\n%s", tt.path, diff)
		}
	}
}

func TestRefusalIsAnError(t *testing.T) {
	for _, tt := range []struct {
		name string
		step http.HandlerFunc
		want client.Error
	}{
		{"2 with every fault", say(200, `{"code":2,"message":"参数不合法","errors":[{"field":"remark","reason":"最多 150 个字符"},`+
			`{"field":"user","reason":"必填"}],"requestId":"r1"}`), client.Error{
			HTTPStatus: 200, Code: client.CodeInvalid, Message: "参数不合法", RequestID: "r1",
			Errors: []client.FieldError{{Field: "remark", Reason: "最多 150 个字符"}, {Field: "user", Reason: "必填"}},
		}},
		{"3", say(200, `{"code":3,"message":"验签失败","requestId":"r1"}`), client.Error{
			HTTPStatus: 200, Code: client.CodeSignature, Message: "验签失败", RequestID: "r1",
		}},
		{"-1", say(200, `{"code":-1,"message":"该办件已评价","requestId":"r1"}`), client.Error{
			HTTPStatus: 200, Code: client.CodeFailed, Message: "该办件已评价", RequestID: "r1",
		}},
		{"413", say(413, `{"code":-1,"message":"报文过大","requestId":"r1"}`), client.Error{
			HTTPStatus: 413, Code: client.CodeFailed, Message: "报文过大", RequestID: "r1",
		}},
		{"not the system", say(404, `<html>`, "X-Request-Id", "r9"), client.Error{
			HTTPStatus: 404, Code: client.CodeFailed, Message: "应答不是好差评系统的报文，请检查地址和网络", RequestID: "r9",
		}},
		{"a redirect", say(302, ``, "Location", "/login"), client.Error{
			HTTPStatus: 302, Code: client.CodeFailed, Message: "应答不是好差评系统的报文，请检查地址和网络",
		}},
		{"too long", say(200, strings.Repeat(" ", 1<<20)+accepted, "X-Request-Id", "r1"), client.Error{
			HTTPStatus: 200, Code: client.CodeFailed, Message: "应答过长", RequestID: "r1",
		}},
	} {
		s := &script{steps: []http.HandlerFunc{tt.step}}
		_, err := s.start(t).SubmitAffair(t.Context(), client.AffairEval{})
		var got *client.Error
		if !errors.As(err, &got) {
			t.Errorf("%s: got %v, want a *client.Error", tt.name, err)
			continue
		}
		if diff := cmp.Diff(tt.want, *got); diff != "" {
			t.Errorf("%s: (-want +got)\n%s", tt.name, diff)
		}
		if asked, _ := s.seen(); len(asked) != 1 {
			t.Errorf("%s: got %d requests, want 1", tt.name, len(asked))
		}
	}
}

func TestErrorText(t *testing.T) {
	err := &client.Error{
		HTTPStatus: 200, Code: 2, Message: "参数不合法", RequestID: "r1",
		Errors: []client.FieldError{{Field: "remark", Reason: "过长"}},
	}
	if got, want := err.Error(), "参数不合法 (code 2, HTTP 200, request r1); remark：过长"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestCodeOKWithoutSerialIsAnError(t *testing.T) {
	for _, body := range []string{`{"code":0,"message":"成功"}`, `{"code":0,"data":{"affairEvalId":""}}`, `{"code":0,"data":null}`} {
		s := &script{steps: []http.HandlerFunc{say(200, body)}}
		if got, err := s.start(t).SubmitAffair(t.Context(), client.AffairEval{}); err == nil {
			t.Errorf("%s: got %+v, want an error", body, got)
		}
	}
}

func TestSendsAgain(t *testing.T) {
	busy := `{"code":-1,"message":"系统繁忙","requestId":"r0"}`
	s := &script{steps: []http.HandlerFunc{
		say(503, busy, "Retry-After", "3"), hangUp, say(429, busy), say(200, accepted),
	}}
	got, err := s.start(t, client.WithBodyDigest(client.SM3)).SubmitAffair(t.Context(), client.AffairEval{EvalTime: "20260615093000"})
	if err != nil || got.AffairEvalID != "E1" {
		t.Fatalf("got %+v, %v, want E1", got, err)
	}
	asked, bodies := s.seen()
	if len(asked) != 4 || len(s.pauses) != 3 {
		t.Fatalf("got %d requests and pauses %v, want 4 and 3", len(asked), s.pauses)
	}
	if got := s.pauses[0]; got < 3*time.Second || got > 4500*time.Millisecond {
		t.Errorf("Retry-After: got a pause of %v, want 3 s and up to a half more", got)
	}
	for i, most := range []time.Duration{400 * time.Millisecond, 800 * time.Millisecond} {
		if got := s.pauses[i+1]; got < most/2 || got > most {
			t.Errorf("pause %d: got %v, want %v to %v", i+2, got, most/2, most)
		}
	}
	nonces := map[string]bool{}
	for i, r := range asked {
		nonces[r.Header.Get(signature.HeaderNonce)] = true
		if bodies[i] != bodies[0] {
			t.Errorf("request %d: got body %s, want the first one's %s", i, bodies[i], bodies[0])
		}
	}
	if len(nonces) != 4 {
		t.Errorf("got %d different nonces, want 4: every attempt is signed anew", len(nonces))
	}
}

func TestGivesUp(t *testing.T) {
	busy := `{"code":-1,"message":"系统繁忙"}`
	for _, tt := range []struct {
		name string
		step http.HandlerFunc
		opts []client.Option
		want int
	}{
		{"after four by default", say(500, busy), nil, 4},
		{"no answer", hangUp, nil, 4},
		{"after as many as asked for", say(503, busy), []client.Option{client.WithRetry(2, time.Second)}, 2},
		{"never again", hangUp, []client.Option{client.WithRetry(1, 0)}, 1},
		{"the server asks for too long a pause", say(503, busy, "Retry-After", "11"), nil, 1},
		{"the same as a date", say(503, busy, "Retry-After", testTime.Add(time.Minute).UTC().Format(http.TimeFormat)), nil, 1},
	} {
		s := &script{steps: []http.HandlerFunc{tt.step}}
		// A new connection for each: net/http by itself sends again on one that turns out to be closed.
		hc := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
		_, err := s.start(t, append(tt.opts, client.WithHTTPClient(hc))...).SubmitAffair(t.Context(), client.AffairEval{})
		if asked, _ := s.seen(); err == nil || len(asked) != tt.want {
			t.Errorf("%s: got %d requests and %v, want %d and an error", tt.name, len(asked), err, tt.want)
		}
	}
}

func TestStopsWhenTheCallerDoes(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	s := &script{steps: []http.HandlerFunc{say(503, `{"code":-1,"message":"系统繁忙"}`)}}
	c := s.start(t, client.WithWait(func(ctx context.Context, _ time.Duration) error { cancel(); return ctx.Err() }))
	_, err := c.SubmitAffair(ctx, client.AffairEval{})
	var refused *client.Error
	asked, _ := s.seen()
	if !errors.Is(err, context.Canceled) || !errors.As(err, &refused) || len(asked) != 1 {
		t.Errorf("got %v after %d requests, want the cancellation and the last refusal after 1", err, len(asked))
	}
}

func TestTags(t *testing.T) {
	s := &script{steps: []http.HandlerFunc{say(200, `{"code":0,"message":"成功","data":{"tags":[`+
		`{"tagId":"510","tagName":"一窗受理一次办结","generalStars":5,"evalEntityCode":"egovAffair"}]},"requestId":"r1"}`)}}
	c := s.start(t, client.WithBodyDigest(client.SM3))
	got, err := c.Tags(t.Context(), client.EgovAffair, 5)
	want := []client.Tag{{TagID: "510", TagName: "一窗受理一次办结", GeneralStars: 5, EvalEntityCode: "egovAffair"}}
	if err != nil || !cmp.Equal(got, want) {
		t.Fatalf("got %+v, %v, want %+v", got, err, want)
	}
	asked, _ := s.seen()
	r := asked[0]
	if r.Method != http.MethodGet || r.RequestURI != "/ping/ebus/tags?evalEntityCode=egovAffair&generalStars=5" {
		t.Errorf("got %s %s", r.Method, r.RequestURI)
	}
	h := r.Header
	strong := signature.Strong(client.SM3, testSecret, "GET", signature.Target(r.URL), h.Get(signature.HeaderTimestamp),
		h.Get(signature.HeaderNonce), signature.BodyDigest(client.SM3, nil))
	if got := h.Get(signature.HeaderStrong); got != strong {
		t.Errorf("signature as the server sees it: got %s, want %s", got, strong)
	}
	_, err = c.Tags(t.Context(), client.EgovGuide, 0)
	asked, _ = s.seen()
	if err != nil || asked[1].RequestURI != "/ping/ebus/tags?evalEntityCode=egovGuide" {
		t.Errorf("every level: got %s, %v", asked[1].RequestURI, err)
	}
}
