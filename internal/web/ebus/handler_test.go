package ebus

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/haochaping/haochaping/internal/catalog"
	"github.com/haochaping/haochaping/internal/fault"
	"github.com/haochaping/haochaping/internal/integrator"
	"github.com/haochaping/haochaping/internal/review"
	"github.com/haochaping/haochaping/internal/signature"
	"github.com/haochaping/haochaping/internal/web/respond"
)

// noon is when the tests' clock stands: 2024-03-16 12:00:00 in Asia/Shanghai.
var noon = time.Date(2024, 3, 16, 4, 0, 0, 0, time.UTC)

// submit is what the tests' review service does.
type submit func(review.Review) (review.Receipt, error)

func (s submit) Submit(_ context.Context, r review.Review) (review.Receipt, error) { return s(r) }

func (s submit) Stored(context.Context, review.Review) (review.Receipt, bool, error) {
	return review.Receipt{}, false, nil
}

// apps are the registered ones, by paasid.
type apps map[string]*integrator.App

func (a apps) ByPaasID(_ context.Context, paasid string) (*integrator.App, error) {
	return a[paasid], nil
}

const secret = "test-token-0123456789abcdef"

func testApp() *integrator.App {
	return &integrator.App{
		Code: "app1", PaasID: "paas-1", Entities: []string{"egovAffair", "egovGuide", "hotlineAffair"}, Secrets: []string{secret},
	}
}

// house is a handler for one app at noon, with its log.
type house struct {
	*Handler
	log bytes.Buffer
	now time.Time
}

func newHouse(reviews submit, change func(*Needs)) *house {
	h := &house{now: noon}
	clock := func() time.Time { return h.now }
	needs := Needs{
		Reviews:  reviews,
		Verifier: &Verifier{Apps: apps{"paas-1": testApp()}, Window: 180 * time.Second, Now: clock},
		Tags:     catalog.NewTags(catalog.National()), Entities: catalog.NewEntitySet(catalog.Specified()),
		Now: clock, Log: slog.New(slog.NewJSONHandler(&h.log, nil)),
	}
	if change != nil {
		change(&needs)
	}
	h.Handler = NewHandler(needs)
	return h
}

// post sends a body with these headers, signed for the house's clock when there are none.
func (h *house) post(t *testing.T, path, body string, headers map[string]string) (*httptest.ResponseRecorder, respond.Envelope) {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, path, strings.NewReader(body))
	if headers == nil {
		headers = h.signed()
	}
	for name, value := range headers {
		r.Header.Set(name, value)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	var envelope respond.Envelope
	if err := json.Unmarshal(w.Body.Bytes(), &envelope); err != nil {
		t.Fatalf("%v: %s", err, w.Body)
	}
	return w, envelope
}

// signed are headers signed for the house's clock.
func (h *house) signed() map[string]string {
	timestamp := fmt.Sprint(h.now.Unix())
	return map[string]string{
		"x-tif-paasid": "paas-1", "x-tif-timestamp": timestamp, "x-tif-nonce": "n",
		"x-tif-signature": signature.Short(timestamp, secret, "n"),
	}
}

const affairBody = `{"appCode":"app1","evalEntityCode":"egovAffair",
	"department":{"departmentCode":"11440100007482532C","departmentName":"广州市公安局"},
	"affair":{"affairSerialNo":"S1","affairCode":"C1","affairName":"身份证补领","affairDealOfficer":"陈志强",
		"affairApplyTime":"20240301090000","affairDoneTime":"20240315170000"},
	"user":{"userId":"u1","userName":"张三","contactPhone":"13800138000","passportName":"zhangsan","userType":0,
		"certificateType":10,"certificateNo":"440100199001011234"},
	"tagList":[{"tagId":"510"}],"generalStars":5,"remark":"很快","evalTime":"20240316093015"}`

// A body that does not arrive whole is the line's fault, not the request's: sent again it is taken. A caller who is told of code 2 gives up.
func TestABodyThatDoesNotArriveMayBeSentAgain(t *testing.T) {
	h := newHouse(nil, nil)
	for name, broken := range map[string]error{"cut off": io.ErrUnexpectedEOF, "too slow": os.ErrDeadlineExceeded} {
		body := io.MultiReader(strings.NewReader(affairBody[:100]), iotest.ErrReader(broken))
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/ping/ebus/affair/eval", body))
		var envelope respond.Envelope
		if err := json.Unmarshal(w.Body.Bytes(), &envelope); err != nil {
			t.Fatal(err)
		}
		if w.Code != http.StatusServiceUnavailable || envelope.Code != -1 || w.Header().Get("Retry-After") == "" ||
			envelope.Message != "请求体没有收完整，请用同一请求重试" {
			t.Errorf("%s: got %d, %+v", name, w.Code, envelope)
		}
	}
	if strings.Contains(h.log.String(), `"level":"WARN"`) {
		t.Errorf("an operator is warned of what anybody can send:\n%s", &h.log)
	}
}

// A panic and an internal error are answered with the envelope and status 500, which say nothing of the cause; what the
// store can't do now is 503 with Retry-After. The log tells the cause under the request's id, once.
func TestFailuresAreEnvelopes(t *testing.T) {
	for _, one := range []struct {
		name       string
		submit     submit
		status     int
		retryAfter string
		logged     string
	}{
		{"a panic", func(review.Review) (review.Receipt, error) { panic("wild pointer") }, 500, "", "panic: wild pointer"},
		{"an internal error", func(review.Review) (review.Receipt, error) {
			return review.Receipt{}, errors.New("wild pointer")
		}, 500, "", "wild pointer"},
		{"a store that is away", func(review.Review) (review.Receipt, error) {
			return review.Receipt{}, fault.NewUnavailable("暂时无法保存", 2*time.Second, errors.New("wild pointer"))
		}, 503, "2", "wild pointer"},
	} {
		var observed []int
		h := newHouse(one.submit, func(n *Needs) {
			n.Observe = func(_ string, code int, _ time.Duration) { observed = append(observed, code) }
		})
		w, envelope := h.post(t, "/ping/ebus/affair/eval", affairBody, nil)
		if w.Code != one.status || envelope.Code != respond.CodeFailed || w.Header().Get("Retry-After") != one.retryAfter {
			t.Errorf("%s: got %d, Retry-After %q, %s", one.name, w.Code, w.Header().Get("Retry-After"), w.Body)
		}
		if strings.Contains(w.Body.String(), "wild") {
			t.Errorf("%s: the answer tells the cause: %s", one.name, w.Body)
		}
		log := h.log.String()
		if strings.Count(log, "\n") != 1 || !strings.Contains(log, one.logged) || !strings.Contains(log, envelope.RequestID) {
			t.Errorf("%s: logged %s", one.name, log)
		}
		if len(observed) != 1 || observed[0] != respond.CodeFailed {
			t.Errorf("%s: observed %v", one.name, observed)
		}
	}
}

// Each app has its own bucket of two seconds' calls, which fills as time goes on.
func TestRate(t *testing.T) {
	h := newHouse(func(review.Review) (review.Receipt, error) { return review.Receipt{Serial: "1"}, nil }, func(n *Needs) {
		n.Rate = 2
		second := testApp()
		second.PaasID, second.Code = "paas-2", "app2"
		n.Verifier.Apps.(apps)["paas-2"] = second
	})
	call := func(paasid string) int {
		timestamp := fmt.Sprint(h.now.Unix())
		w, _ := h.post(t, "/ping/ebus/affair/eval", strings.Replace(affairBody, "app1", "app"+paasid[5:], 1), map[string]string{
			"x-tif-paasid": paasid, "x-tif-timestamp": timestamp, "x-tif-nonce": "n",
			"x-tif-signature": signature.Short(timestamp, secret, "n"),
		})
		if w.Code == http.StatusTooManyRequests && w.Header().Get("Retry-After") != "1" {
			t.Errorf("Retry-After %q", w.Header().Get("Retry-After"))
		}
		return w.Code
	}
	for i, step := range []struct {
		later time.Duration
		app   string
		want  int
	}{
		{0, "paas-1", 200},
		{0, "paas-1", 200},
		{0, "paas-1", 200},
		{0, "paas-1", 200},
		{0, "paas-1", 429},
		{0, "paas-2", 200},
		{499 * time.Millisecond, "paas-1", 429},
		{time.Millisecond, "paas-1", 200},
		{0, "paas-1", 429},
		{time.Second, "paas-1", 200},
		{0, "paas-1", 200},
		{0, "paas-1", 429},
		{time.Minute, "paas-1", 200},
		{0, "paas-1", 200},
		{0, "paas-1", 200},
		{0, "paas-1", 200},
		{0, "paas-1", 429},
	} {
		h.now = h.now.Add(step.later)
		if got := call(step.app); got != step.want {
			t.Errorf("step %d: got %d, want %d", i, got, step.want)
		}
	}
}

// evalTime may lie five minutes ahead of the server's clock, and not a second more (contract.md 4).
func TestEvalTimeAhead(t *testing.T) {
	h := newHouse(func(review.Review) (review.Receipt, error) { return review.Receipt{Serial: "1"}, nil }, nil)
	for evalTime, want := range map[string]int{
		"20240316120000": 0, "20240316120459": 0, "20240316120500": 0, "20240316120501": 2, "20240317120000": 2, "19700101000000": 0,
	} {
		_, envelope := h.post(t, "/ping/ebus/affair/eval", strings.Replace(affairBody, "20240316093015", evalTime, 1), nil)
		if envelope.Code != want {
			t.Errorf("%s: got code %d, want %d", evalTime, envelope.Code, want)
		}
		if want == 2 && (envelope.Errors[0].Field != "evalTime" || !strings.Contains(envelope.Errors[0].Reason, "2024-03-16 12:00:00")) {
			t.Errorf("%s: got %+v, want the server's time", evalTime, envelope.Errors)
		}
	}
}

// What the answer writes by itself is what encoding/json would write.
func TestTheSerialNumberIsAnswered(t *testing.T) {
	data := submitted{"01JX8Q3F7K00A5ZV3M8K"}
	want, err := json.Marshal(data)
	if got := data.AppendJSON(nil); err != nil || string(got) != string(want) {
		t.Errorf("got %s, want %s, %v", got, want, err)
	}
}
