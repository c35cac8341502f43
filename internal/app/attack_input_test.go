package app

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// mark is a name that nothing of ours has: where it stands as an element, an attribute, a header or a scheme, an input got through.
const mark = "hcpx"

// payloads are put into fields by themselves, in turn; all of them into all fields at once.
var (
	payloads = []string{
		`'"><` + mark + ` on` + mark + `=1>' OR '1'='1';DROP TABLE review;--{{7*7}}/../../../etc/passwd`,
		"a\r\nX-" + mark + ": 1\r\n\r\n<" + mark + ">\x00\xff\xfe",
	}
	payloadsAtOnce = append([]string{"javascript:" + mark + "()", "//evil.example/\\" + mark, "9223372036854775807", strings.Repeat("数", 200)}, payloads...)
)

// Every input of every address that serve answers is attacked with SQL, markup, headers, paths, numbers and bytes that are no text: the
// fields that pages ask for, those that only the program's text knows, what stands in paths, and the fields of the interfaces by their
// own document. Nothing is an internal error, nothing comes back as markup or as a header, no database speaks, and what was stored is
// harmless on every page afterwards. A new address is in it by itself.
//
// alone says that each field is attacked by itself, too, with what would do in all others.
func attackEveryInput(t *testing.T, x *target, alone bool) {
	administrator, citizen := x.visitor(t, asStaff(provincial)), x.visitor(t, asCitizen("new"))
	doors := x.doors(t, administrator, citizen)
	if len(doors) < 150 {
		t.Fatalf("only %d addresses", len(doors))
	}
	everything := url.Values{}
	for _, name := range namesRead(t) {
		everything.Set(name, "1")
	}
	for _, d := range doors {
		if d.pattern == "POST /console/logout" || d.pattern == "POST /ping/logout" {
			continue // they take nothing, and end what the others need
		}
		v := citizen
		if strings.HasPrefix(d.address, "/console") {
			v = administrator
		}
		if strings.HasPrefix(d.address, "/ping/ebus/") {
			continue // see attackInterfaces
		}
		if alone {
			for i, name := range slices.Sorted(maps.Keys(d.fields)) {
				fields := maps.Clone(d.fields)
				fields[name] = []string{payloads[i%len(payloads)]}
				v.attack(t, d, fields, "list.csv")
			}
		}
		atOnce := payloadsAtOnce
		if !alone {
			atOnce = payloads
		}
		for _, payload := range atOnce {
			fields := maps.Clone(everything)
			maps.Copy(fields, d.fields)
			for name := range fields {
				fields[name] = []string{payload}
			}
			v.attack(t, d, fields, payload)
			v.attackPath(t, d, payload)
		}
	}
	attackInterfaces(t, x)

	// What was stored is drawn on every page that there is.
	for _, d := range x.doors(t, administrator, citizen) {
		if d.method == http.MethodGet && !strings.HasPrefix(d.address, "/ping/ebus/") {
			administrator.attack(t, d, d.fields, "")
		}
	}
	t.Logf("%d addresses, %d fields, %d requests", len(doors), fieldsOf(doors), x.calls)
}

func fieldsOf(doors []*door) (n int) {
	for _, d := range doors {
		n += len(d.fields) + len(d.files)
	}
	return n
}

// attack sends what a door takes, and judges the answer.
func (v *visitor) attack(t *testing.T, d *door, fields url.Values, fileName string) {
	t.Helper()
	w := v.knock(t, d, fields, fileName)
	if strings.HasPrefix(w.Header().Get("Location"), "/console/login") && !strings.HasPrefix(d.address, "/console/login") {
		v.enter(t, v) // what was done ended the session
		w = v.knock(t, d, fields, fileName)
	}
	v.judge(t, func() string { return d.pattern + " " + d.address + " " + fields.Encode() }, w)
}

func (v *visitor) knock(t *testing.T, d *door, fields url.Values, fileName string) *httptest.ResponseRecorder {
	t.Helper()
	switch {
	case d.method == http.MethodGet:
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		if v.flushed = nil; strings.HasSuffix(d.address, "/live") { // it ends when its viewer goes
			v.flushed = cancel
		}
		return v.sendIn(ctx, t, http.MethodGet, d.address+"?"+fields.Encode(), "", nil, nil)
	case strings.HasPrefix(d.kind, "multipart/"):
		var body bytes.Buffer
		form := multipart.NewWriter(&body)
		for name, values := range fields {
			for _, value := range values {
				_ = form.WriteField(name, value) // into memory
			}
		}
		for _, name := range d.files {
			part, err := form.CreateFormFile(name, fileName)
			if err != nil {
				t.Fatal(err)
			}
			_, _ = fmt.Fprintf(part, "编码,名称,区划编码,大厅名称\n=%s,\"<%s on%s=1>\",%s,x\n", mark, mark, mark, payloads[0]) // into memory
		}
		_ = form.Close() // into memory
		return v.sendIn(t.Context(), t, http.MethodPost, d.address, form.FormDataContentType(), &body, nil)
	default:
		return v.sendIn(t.Context(), t, http.MethodPost, d.address, "application/x-www-form-urlencoded", strings.NewReader(fields.Encode()), nil)
	}
}

// attackPath puts a payload in place of each id of a path.
func (v *visitor) attackPath(t *testing.T, d *door, payload string) {
	t.Helper()
	for _, id := range idsOf(d) {
		if id == "" {
			continue
		}
		at := *d
		at.address = strings.Replace(d.address, "/"+id, "/"+url.PathEscape(payload), 1)
		v.attack(t, &at, d.fields, "list.csv")
	}
}

// spoken are what databases and Go say of what went wrong; none of it is for who asks.
var spoken = []string{"SQLSTATE", "SQL logic", "sqlite3", "syntax error", "no such table", "no such column", "constraint failed", "invalid byte sequence", "goroutine ", "panic:", "runtime error", ".go:", "haochaping/internal"}

// through is an input that a browser would take for more than text; computed one that a spreadsheet would.
var (
	through  = regexp.MustCompile(`(?i)<` + mark + `|["'] on` + mark + `|(?:href|src|action|data|content)=["']?(?:javascript:` + mark + `|//evil)`)
	computed = regexp.MustCompile(`(?m)(?:^|,)"?\s*[=+@]` + mark)
)

// judge says what got through.
func (x *target) judge(t *testing.T, what func() string, w *httptest.ResponseRecorder) {
	t.Helper()
	wrong := func(format string, arguments ...any) {
		t.Helper()
		text := what()
		t.Errorf("%s: %s", text[:min(len(text), 300)], fmt.Sprintf(format, arguments...))
	}
	if w.Code >= http.StatusInternalServerError && w.Code != http.StatusServiceUnavailable || w.Code < http.StatusOK {
		wrong("status %d: %.300s", w.Code, w.Body)
	}
	for name, values := range w.Header() {
		for _, value := range values {
			if strings.Contains(name, "Hcpx") || strings.ContainsAny(value, "\r\n\x00") {
				wrong("header %s: %q", name, value)
			}
		}
	}
	if to := w.Header().Get("Location"); to != "" {
		there, err := url.Parse(to)
		if err != nil || there.Host != "" && there.Host != "h.example" || !strings.HasPrefix(to, "/") || strings.HasPrefix(to, "//") || strings.Contains(to, `\`) {
			wrong("leads to %q", to)
		}
	}
	body := w.Body.String()
	kind, _, _ := strings.Cut(w.Header().Get("Content-Type"), ";")
	if kind == "" && body != "" {
		wrong("%d bytes of no kind", len(body))
	}
	if kind != "text/javascript" {
		for _, words := range spoken {
			if strings.Contains(body, words) {
				wrong("says %q", words)
			}
		}
	}
	if !strings.Contains(body, mark) && !strings.Contains(body, "//evil") {
		return
	}
	if kind == "text/csv" {
		if cell := computed.FindString(body); cell != "" {
			wrong("a cell computes: %q", cell)
		}
	} else if at := through.FindStringIndex(body); at != nil && (kind == "text/html" || kind == "image/svg+xml") {
		wrong("stands in the page: …%s", body[max(0, at[0]-100):min(len(body), at[1]+100)])
	}
}

// attackInterfaces attacks the fields and parameters that the OpenAPI document names, and bodies that are no messages.
func attackInterfaces(t *testing.T, x *target) {
	t.Helper()
	for path, methods := range x.document(t, "paths").(map[string]any) {
		for method, operation := range methods.(map[string]any) {
			is, ok := operation.(map[string]any)
			if !ok {
				continue
			}
			parameters, _ := is["parameters"].([]any)
			for _, p := range parameters {
				one := p.(map[string]any)
				if ref, named := one["$ref"].(string); named {
					one = x.document(t, strings.Split(strings.TrimPrefix(ref, "#/"), "/")...).(map[string]any)
				}
				if one["in"] != "query" {
					continue
				}
				for _, payload := range payloadsAtOnce {
					address := path + "?" + url.Values{one["name"].(string): {payload}}.Encode()
					x.judge(t, func() string { return address }, x.signed(t, http.MethodGet, address, ""))
				}
			}
			if method == "post" {
				x.attackBody(t, path)
			}
		}
	}
}

// attackBody attacks each field of an interface's example.
func (x *target) attackBody(t *testing.T, path string) {
	t.Helper()
	send := func(body any) {
		t.Helper()
		w := x.call(t, path, body)
		if w.Code == http.StatusServiceUnavailable || !json.Valid(w.Body.Bytes()) {
			t.Errorf("%s: %d %s", path, w.Code, w.Body)
		}
		x.judge(t, func() string { return path + " " + fmt.Sprint(body) }, w)
	}
	values := []any{[]any{}, map[string]any{}, true, 1e300, -1, nil}
	for _, payload := range append(slices.Clone(payloadsAtOnce), "20260230000000") {
		values = append(values, payload)
	}
	fields := 0
	visit(x.example(t, path), func(func(any)) bool { fields++; return false })
	for at := range fields {
		for _, value := range values {
			body, n := x.example(t, path), 0
			visit(body, func(set func(any)) bool {
				if n++; n > at {
					set(value)
					return true
				}
				return false
			})
			send(body)
		}
	}
	if fields < 10 {
		t.Errorf("%s: only %d fields", path, fields)
	}
	whole, err := json.Marshal(x.example(t, path))
	if err != nil {
		t.Fatal(err)
	}
	for _, body := range []string{
		"", "null", "[]", `"x"`, strings.Repeat("[", 30_000), strings.Repeat(`{"a":`, 10_000), string(whole) + string(whole), string(whole[:len(whole)-1]),
		`{"appCode":"app1",` + string(whole[1:]), strings.Replace(string(whole), `"app1"`, "\"app\xff\"", 1), strings.Replace(string(whole), `"app1"`, `"app\ud800"`, 1),
		strings.Replace(string(whole), `"app1"`, `"app1\u0000"`, 1), "\ufeff" + string(whole), `{"n":1` + strings.Repeat("0", 60_000) + "}", `{"n":1e999999999}`, strings.Repeat(" ", 2<<20),
	} {
		send(body)
	}
}

// visit comes to each field of a message until one is enough, and says whether one was.
func visit(at any, enough func(set func(any)) bool) bool {
	switch node := at.(type) {
	case map[string]any:
		for _, name := range slices.Sorted(maps.Keys(node)) {
			if enough(func(value any) { node[name] = value }) || visit(node[name], enough) {
				return true
			}
		}
	case []any:
		for _, element := range node {
			if visit(element, enough) {
				return true
			}
		}
	}
	return false
}
