package app

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/haochaping/haochaping/internal/beijing"
	"github.com/haochaping/haochaping/internal/config"
	"github.com/haochaping/haochaping/internal/erasure"
	"github.com/haochaping/haochaping/internal/identity"
	"github.com/haochaping/haochaping/internal/integrator"
	"github.com/haochaping/haochaping/internal/integrity"
	"github.com/haochaping/haochaping/internal/org"
	"github.com/haochaping/haochaping/internal/privacy"
	"github.com/haochaping/haochaping/internal/review"
	"github.com/haochaping/haochaping/internal/signature"
	"github.com/haochaping/haochaping/internal/venue"
)

// target is a house with everything in it that an attacker may look for, wired as serve wires it, with the demo's login.
type target struct {
	*service
	handler http.Handler
	mux     *http.ServeMux // tells which of the handler's patterns a request is for
	app     *integrator.App
	serials []string // of reviews
	openapi any
	receipt string // of one that a citizen made at a window
	calls   int
	hired   int
}

const (
	targetDepartment = "11440100007482532C"
	targetHall       = "440100000001"
	targetWindow     = "4401000000010001"
	targetPassword   = "correct horse lamp"
	farDepartment    = "114403000000000001"
	farHall          = "440300000001"
)

// newTarget furnishes one.
func newTarget(t *testing.T, database string) *target {
	t.Helper()
	storage := &config.Storage{Database: database, Seal: "sm4", RootRegion: "440000000000", KeyFile: filepath.Join(t.TempDir(), "key"), Lanes: 2}
	if err := privacy.CreateKeyFile(storage.KeyFile); err != nil {
		t.Fatal(err)
	}
	h, err := open(t.Context(), storage, true)
	if err != nil {
		t.Fatal(err)
	}
	settings := &config.Server{Listen: "127.0.0.1:0", GatewayMode: config.Verify, GatewayWindow: time.Minute, Queue: 256, Batch: 16, LogLevel: "info"}
	settings.BaseURL, settings.Environment, settings.ConsoleWithoutTOTP, settings.Minimum, settings.ProxyHeader = "http://h.example", config.Production, true, 30, "X-Real-Ip"
	if err := h.store.SaveRegisters(t.Context(), org.Changes{Departments: []org.Department{
		{Code: targetDepartment, Name: "广州市公安局", RegionCode: "440100000000"}, {Code: farDepartment, Name: "深圳市税务局", RegionCode: "440300000000"},
	}}); err != nil {
		t.Fatal(err)
	}
	if err := h.store.SaveVenues(t.Context(), venue.Changes{
		NewHalls: []venue.Hall{
			{Code: targetHall, RegionCode: "440100000000", Level: venue.CityLevel, Name: "广州市政务服务中心", Address: "珠江新城", Telephone: "12345", Hours: "9:00–17:00"},
			{Code: farHall, RegionCode: "440300000000", Level: venue.CityLevel, Name: "深圳市政务服务中心"},
		},
		NewWindows: []venue.Window{{Code: targetWindow, HallCode: targetHall, Number: "1", Name: "户政窗口", DepartmentCode: targetDepartment, DepartmentName: "广州市公安局"}},
		Officers:   []venue.Officer{{HallCode: targetHall, WorkNo: "GA0001", Name: "陈志强", WindowCode: targetWindow}},
	}); err != nil {
		t.Fatal(err)
	}
	if err := h.load(t.Context()); err != nil {
		t.Fatal(err)
	}
	s, err := newService(t.Context(), h, storage.RootRegion, settings, true, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		s.board.Close()
		s.reviews.Close()
		if err := s.close(); err != nil {
			t.Error(err)
		}
	})
	x := &target{service: s, handler: s.handler(), mux: http.NewServeMux()}
	for _, pattern := range x.patterns() {
		x.mux.Handle(pattern, http.NotFoundHandler())
	}
	app := integrator.App{Code: "app1", PaasID: "app1", Name: "公安一门式", Affairs: true}
	for _, entity := range s.entities.All() {
		app.Entities = append(app.Entities, entity.Code)
	}
	if _, err := s.apps.Create(t.Context(), app); err != nil {
		t.Fatal(err)
	}
	if x.app, err = s.apps.ByCode(t.Context(), "app1"); err != nil {
		t.Fatal(err)
	}
	x.fill(t)
	return x
}

func (x *target) patterns() []string { return x.handler.(interface{ Patterns() []string }).Patterns() }

// pattern is which of the handler's patterns a request is for; empty where none is.
func (x *target) pattern(t *testing.T, method, address string) string {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), method, "/", http.NoBody)
	parsed, err := url.ParseRequestURI(address)
	if err != nil {
		return ""
	}
	r.URL = parsed
	_, pattern := x.mux.Handler(r)
	return pattern
}

// fill brings in reviews, cases, a waiting remark, a rejected affair and a subscription.
func (x *target) fill(t *testing.T) {
	t.Helper()
	for i, remark := range []string{"很快", "", "他们受贿", "等了很久", "请回电13800138000", "态度差"} {
		body := x.example(t, "/ping/ebus/affair/eval")
		body["affair"].(map[string]any)["affairSerialNo"] = fmt.Sprintf("S-%d", i)
		body["generalStars"], body["remark"], body["tagList"] = []int{5, 4, 1, 1, 2, 1}[i], remark, []any{}
		body["evalTime"] = time.Now().In(time.FixedZone("", 8*3600)).Format("20060102150405")
		w := x.call(t, "/ping/ebus/affair/eval", body)
		var said struct {
			Code int
			Data map[string]string
		}
		if err := json.Unmarshal(w.Body.Bytes(), &said); err != nil || said.Code != 0 {
			t.Fatalf("a review: %s", w.Body)
		}
		x.serials = append(x.serials, slices.Collect(maps.Values(said.Data))...)
	}
	affairs := x.example(t, "/ping/ebus/affairs")
	for _, list := range affairs {
		if rows, ok := list.([]any); ok {
			rows[0].(map[string]any)["affairDoneTime"] = "yesterday"
		}
	}
	if w := x.call(t, "/ping/ebus/affairs", affairs); w.Code != http.StatusOK {
		t.Fatalf("affairs: %s", w.Body)
	}
	w := x.visitor(t, asCitizen("0")).form(t, "/ping/window.html?w="+targetWindow, url.Values{"stars": {"1"}, "remark": {"他们受贿"}})
	to, found := strings.CutPrefix(w.Header().Get("Location"), "/ping/r/")
	if x.receipt, _, _ = strings.Cut(to, "?"); !found {
		t.Fatalf("a review at a window: %d to %q: %s", w.Code, to, w.Body)
	}
	if err := x.cases.Keep(t.Context()); err != nil {
		t.Fatal(err)
	}
	slot, _ := review.SlotOfSerial(x.serials[2])
	if err := x.store.KeepFindings(t.Context(), beijing.Day(time.Now()), 6, []integrity.Finding{{
		Kind: integrity.Device, Day: beijing.Day(time.Now()), Place: integrity.Place{Window: targetWindow, Hall: targetHall, Department: targetDepartment, Region: "440100000000"},
		Strength: 50, Count: 6, Expected: 1, Concerned: 1, Reviews: []integrity.Concerned{{Serial: x.serials[2], Slot: slot}},
	}}, time.Now()); err != nil {
		t.Fatal(err)
	}
	w = x.visitor(t, asStaff(provincial)).form(t, "/console/erasures/new", url.Values{"kind": {string(erasure.Phone)}, "number": {"13800138000"}, "reason": {"本人申请，编号一"}, "sure": {"yes"}})
	if w.Code != http.StatusSeeOther {
		t.Fatalf("an erasure: %d %s", w.Code, w.Body)
	}
	w = x.visitor(t, asStaff(provincial)).form(t, "/console/notices/new", url.Values{
		"name": {"督办室"}, "channel": {"mail"}, "target": {"duban@gz.test"}, "events": {"opened"}, "minutes": {"15"}, "region": {"440100000000"},
	})
	if w.Code != http.StatusSeeOther {
		t.Fatalf("a subscription: %d %s", w.Code, w.Body)
	}
}

// document is the OpenAPI document's part at a path of names.
func (x *target) document(t *testing.T, names ...string) any {
	t.Helper()
	if x.openapi == nil {
		w := httptest.NewRecorder()
		x.handler.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/ping/openapi.json", http.NoBody))
		if err := json.Unmarshal(w.Body.Bytes(), &x.openapi); err != nil {
			t.Fatal(err)
		}
	}
	at := x.openapi
	for _, name := range names {
		at = at.(map[string]any)[name]
	}
	return at
}

// example is a body that the document gives for an interface, sent by the house's app.
func (x *target) example(t *testing.T, path string) map[string]any {
	t.Helper()
	content, ok := x.document(t, "paths", path, "post", "requestBody", "content", "application/json").(map[string]any)
	if !ok {
		t.Fatalf("the document has no body of %s", path)
	}
	examples, ok := content["examples"].(map[string]any)
	if !ok {
		t.Fatalf("the document gives no example of %s", path)
	}
	first := slices.Sorted(maps.Keys(examples))[0]
	text, err := json.Marshal(examples[first].(map[string]any)["value"])
	var body map[string]any
	if err == nil {
		err = json.Unmarshal(text, &body) // one's own
	}
	if err != nil {
		t.Fatal(err)
	}
	if _, named := body["appCode"]; named {
		body["appCode"] = x.app.Code
	}
	return body
}

// call makes a signed call of an interface; a body that is a text is sent as it is.
func (x *target) call(t *testing.T, path string, body any) *httptest.ResponseRecorder {
	t.Helper()
	text, is := body.(string)
	if !is {
		written, err := json.Marshal(body)
		if err != nil {
			t.Fatal(err)
		}
		text = string(written)
	}
	method := http.MethodPost
	if body == nil {
		method, text = http.MethodGet, ""
	}
	return x.signed(t, method, path, text)
}

func (x *target) signed(t *testing.T, method, address, body string) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), method, "/", strings.NewReader(body))
	parsed, err := url.ParseRequestURI(address)
	if err != nil {
		t.Fatal(err)
	}
	r.URL, r.RequestURI = parsed, address
	now, nonce := fmt.Sprint(time.Now().Unix()), signature.NewNonce()
	r.Header.Set(signature.HeaderPaasID, x.app.PaasID)
	r.Header.Set(signature.HeaderTimestamp, now)
	r.Header.Set(signature.HeaderNonce, nonce)
	r.Header.Set(signature.HeaderSignature, signature.Short(now, x.app.Secrets[0], nonce))
	w := httptest.NewRecorder()
	x.handler.ServeHTTP(w, r)
	return w
}

// visitor is somebody's browser, who follows no redirect by himself, comes from another address each time, and logs in again
// when what he did ended his session.
type visitor struct {
	*target
	jar   map[string]string
	enter func(t *testing.T, v *visitor)
	// flushed is told that a part of an answer went out; may be nil.
	flushed func()
}

func (x *target) visitor(t *testing.T, enter func(t *testing.T, v *visitor)) *visitor {
	t.Helper()
	v := &visitor{target: x, jar: map[string]string{}, enter: enter}
	enter(t, v)
	return v
}

// provincial is who may do most.
var provincial = identity.Draft{Role: identity.Province}

// asStaff logs in to the console with a role, each time with an account of its own.
func asStaff(draft identity.Draft) func(t *testing.T, v *visitor) {
	return func(t *testing.T, v *visitor) {
		t.Helper()
		v.hired++
		draft.Login = fmt.Sprintf("%s-%d", draft.Role, v.hired)
		draft.Name = "某人"
		password, err := v.staff.Create(t.Context(), nil, draft)
		if err != nil {
			t.Fatal(err)
		}
		v.form(t, "/console/login", url.Values{"login": {draft.Login}, "password": {password}})
		w := v.form(t, "/console/first-password", url.Values{"password": {targetPassword}, "again": {targetPassword}})
		if w.Code != http.StatusSeeOther {
			t.Fatalf("log in: %d %s", w.Code, w.Body)
		}
		v.get(t, "/console") // which says what was just done
	}
}

// again logs in with the password that was chosen.
func (v *visitor) again(t *testing.T, login string) *httptest.ResponseRecorder {
	t.Helper()
	return v.form(t, "/console/login", url.Values{"login": {login}, "password": {targetPassword}})
}

// asCitizen logs in to the pages as one of the demo's people, or as a new one.
func asCitizen(person string) func(t *testing.T, v *visitor) {
	return func(t *testing.T, v *visitor) {
		t.Helper()
		if w := v.form(t, "/ping/demo-login", url.Values{"person": {person}, "to": {"/ping/my.html"}}); w.Code != http.StatusSeeOther {
			t.Fatalf("log in: %d %s", w.Code, w.Body)
		}
	}
}

func (v *visitor) get(t *testing.T, address string) *httptest.ResponseRecorder {
	t.Helper()
	return v.send(t, http.MethodGet, address, "", nil, nil)
}

func (v *visitor) form(t *testing.T, address string, values url.Values) *httptest.ResponseRecorder {
	t.Helper()
	return v.send(t, http.MethodPost, address, "application/x-www-form-urlencoded", strings.NewReader(values.Encode()), nil)
}

func (v *visitor) send(t *testing.T, method, address, kind string, body io.Reader, header http.Header) *httptest.ResponseRecorder {
	t.Helper()
	return v.sendIn(t.Context(), t, method, address, kind, body, header)
}

// sendIn sends a request as it is: the recorder shows what a real connection would have mended.
func (v *visitor) sendIn(ctx context.Context, t *testing.T, method, address, kind string, body io.Reader, header http.Header) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequestWithContext(ctx, method, "/", body)
	parsed, err := url.ParseRequestURI(address)
	if err != nil {
		t.Fatalf("%s: %v", address, err)
	}
	r.URL, r.RequestURI, r.Host = parsed, address, "h.example"
	r.Proto, r.ProtoMajor, r.ProtoMinor = "HTTP/2.0", 2, 0
	if kind != "" {
		r.Header.Set("Content-Type", kind)
	}
	v.calls++
	r.Header.Set("X-Real-Ip", fmt.Sprintf("10.%d.%d.%d", v.calls>>16&255, v.calls>>8&255, v.calls&255))
	maps.Copy(r.Header, header)
	for name, value := range v.jar {
		r.Header.Add("Cookie", name+"="+value)
	}
	w := httptest.NewRecorder()
	v.handler.ServeHTTP(lasting{w, v.flushed}, r)
	for _, cookie := range w.Result().Cookies() {
		if v.jar[cookie.Name] = cookie.Value; cookie.MaxAge < 0 || cookie.Value == "" {
			delete(v.jar, cookie.Name)
		}
	}
	return w
}

// lasting is a recorder that takes deadlines as a connection does, and tells when something was sent.
type lasting struct {
	*httptest.ResponseRecorder
	flushed func()
}

func (lasting) SetReadDeadline(time.Time) error  { return nil }
func (lasting) SetWriteDeadline(time.Time) error { return nil }

func (p lasting) Flush() {
	p.ResponseRecorder.Flush()
	if p.flushed != nil {
		p.flushed()
	}
}
