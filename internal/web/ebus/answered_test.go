package ebus

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/haochaping/haochaping/internal/fault"
	"github.com/haochaping/haochaping/internal/integrator"
	"github.com/haochaping/haochaping/internal/review"
	"github.com/haochaping/haochaping/internal/signature"
)

// How each call ended is told of the app that made it, or whose paasid it bears; of nobody's it is told of nobody.
func TestEveryAnswerIsTold(t *testing.T) {
	type told struct {
		App, Interface string
		Code           int
		Err            string
	}
	var got []told
	h := newHouse(func(r review.Review) (review.Receipt, error) {
		if r.Remark == "broken" {
			return review.Receipt{}, errors.New("wild pointer")
		}
		return review.Receipt{Serial: "1"}, nil
	}, func(n *Needs) {
		n.Answered = func(a integrator.Answer) {
			one := told{a.App, a.Interface, a.Code, ""}
			if a.Err != nil {
				one.Err = a.Err.Error()
			}
			got = append(got, one)
		}
	})
	signed := func(paasid, sign string) map[string]string {
		return map[string]string{"x-rio-paasid": paasid, "x-tif-timestamp": "1710561600", "x-tif-nonce": "n", "x-tif-signature": sign}
	}
	right := signature.Short("1710561600", secret, "n")
	h.post(t, "/ping/ebus/affair/eval", affairBody, signed("paas-1", right))
	h.post(t, "/ping/ebus/affair/eval", affairBody, signed("paas-1", strings.Repeat("0", 64)))
	h.post(t, "/ping/ebus/affair/eval", affairBody, signed("nobody", right))
	h.post(t, "/ping/ebus/affair/eval", strings.Replace(affairBody, "很快", "broken", 1), signed("paas-1", right))
	h.post(t, "/ping/ebus/tags", "{}", signed("paas-1", right))
	h.post(t, "/ping/ebus/nothing", "{}", signed("paas-1", right))
	h.post(t, "/ping/ebus/affair/eval", strings.Repeat("x", maxBody+1), signed("paas-1", right))
	want := []told{
		{"app1", "affair/eval", 0, ""},
		{"app1", "affair/eval", 3, "验签失败：签名不符，应为 SHA256(timestamp+密钥+nonce+timestamp) 的大写十六进制"},
		{"", "affair/eval", 3, "验签失败：x-tif-paasid 未登记"},
		{"app1", "affair/eval", -1, "wild pointer"},
		{"app1", "tags", -1, "请用 GET 方法调用"},
		{"app1", "affair/eval", -1, "请求体不得超过 64 KiB"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// Whatever a caller may be told, the diary has advice for it.
func TestEverySignatureFaultHasItsAdvice(t *testing.T) {
	h := newHouse(nil, nil)
	given := map[string]string{}
	for name, headers := range map[string]map[string]string{
		"no header":    {},
		"milliseconds": {"x-tif-paasid": "paas-1", "x-tif-timestamp": "1710561600000", "x-tif-nonce": "n", "x-tif-signature": "x"},
		"a slow clock": {"x-tif-paasid": "paas-1", "x-tif-timestamp": "1710560000", "x-tif-nonce": "n", "x-tif-signature": "x"},
		"a long nonce": {"x-tif-paasid": "paas-1", "x-tif-timestamp": "1710561600", "x-tif-nonce": strings.Repeat("n", 37), "x-tif-signature": "x"},
		"nobody":       {"x-tif-paasid": "nobody", "x-tif-timestamp": "1710561600", "x-tif-nonce": "n", "x-tif-signature": "x"},
		"another's":    {"x-tif-paasid": "paas-1", "x-tif-timestamp": "1710561600", "x-tif-nonce": "n", "x-tif-signature": "x"},
		"a wrong digest": {
			"x-tif-paasid": "paas-1", "x-tif-timestamp": "1710561600", "x-tif-nonce": "n", "x-tif-signature": signature.Short("1710561600", secret, "n"),
			"x-hcp-body-digest": "md5=00",
		},
	} {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/ping/ebus/affair/eval", strings.NewReader("{}"))
		for name, value := range headers {
			r.Header.Set(name, value)
		}
		_, err := h.Verifier.Caller(r, nil)
		var f *fault.Error
		if !errors.As(err, &f) {
			t.Fatalf("%s: %v", name, err)
		}
		refusal := integrator.Refusal{Kind: f.Kind, Reason: f.Message}
		if other, known := given[refusal.Advice()]; known {
			t.Errorf("%s and %s have the same advice: %s", name, other, refusal.Advice())
		}
		given[refusal.Advice()] = name
	}
}

// An app's own rate takes the place of the usual one, as soon as it is changed.
func TestAnAppsOwnRate(t *testing.T) {
	app := testApp()
	h := newHouse(func(review.Review) (review.Receipt, error) { return review.Receipt{Serial: "1"}, nil }, func(n *Needs) {
		n.Rate = 100
		n.Verifier.Apps.(apps)["paas-1"] = app
	})
	allowed := func() (n int) {
		for range 30 {
			if w, _ := h.post(t, "/ping/ebus/affair/eval", affairBody, nil); w.Code == http.StatusOK {
				n++
			}
		}
		return n
	}
	app.Rate = 3
	if n := allowed(); n != 6 {
		t.Errorf("at 3 a second %d of 30 at once are allowed, want two seconds' worth", n)
	}
	app.Rate = 0
	allowed() // by whom it is seen
	h.now = h.now.Add(time.Second)
	if n := allowed(); n != 30 {
		t.Errorf("at the usual rate %d of 30 at once are allowed", n)
	}
}
