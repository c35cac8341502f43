package e2e

import (
	"bytes"
	"database/sql"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/google/go-cmp/cmp"
	"github.com/haochaping/haochaping/client"
	"github.com/haochaping/haochaping/internal/fault"
	"github.com/haochaping/haochaping/internal/postgrestest"
	"github.com/haochaping/haochaping/internal/signature"
	"github.com/haochaping/haochaping/internal/web/respond"
	_ "modernc.org/sqlite"
)

// Every path, parameter, status, code and field of the document is met on a running server, and nothing that is not
// documented; every example of a request is accepted, and every message of an example is one that the server says.
func TestEveryDocumentedAnswerIsMet(t *testing.T) {
	cluster := postgrestest.Start(t)
	h := onSQLite(t)
	a := h.register(t, "gzga01", "--affairs") // the examples' own
	s := h.serve(t)
	d := readDocument(t, s)
	signer := s.client(a, client.WithBodyDigest(client.SM3))

	d.submitExamples(t, s, signer)
	d.submitAffairs(t, h, s, signer)
	d.submitMore(t, s, signer)
	d.lookUp(t, s, signer)
	d.goOnFromFirstHours(t, s, signer)
	d.unchanged(t, s)
	d.stray(t, s, a)
	d.throughGateway(t, h, a)
	d.overRate(t, h, a)
	d.withoutTables(t, h, s, signer)
	d.withoutDatabase(t, cluster)

	maps.DeleteFunc(d.met, func(what string, _ bool) bool { // what rows hold is told by columns: see holdTable
		return strings.HasPrefix(what, fullerPrefix) && strings.Contains(what, ": data.rows.") && !strings.HasPrefix(what, fullerPrefix+"newest")
	})
	if diff := cmp.Diff(slices.Sorted(maps.Keys(d.documented())), slices.Sorted(maps.Keys(d.met))); diff != "" {
		t.Errorf("documented (-) and met (+):\n%s", diff)
	}
	d.checkMessages(t)
}

// submitExamples: each is stored; the same again is; another review of the same is refused, and so is nothing at all.
func (d *document) submitExamples(t *testing.T, s *server, signer *client.Client) {
	d.submissions(t, func(path string, body []byte) {
		first := d.send(t, s, documentCall{target: path, body: body, signer: signer})
		again := d.send(t, s, documentCall{target: path, body: body, signer: signer})
		same := bytes.Equal(first.Data, again.Data) || path == client.PathAffairs && bytes.Equal(bytes.ReplaceAll(first.Data, []byte("new"), []byte("same")), again.Data)
		if first.Code != respond.CodeSuccess || again.Code != respond.CodeSuccess || !same {
			t.Errorf("%s %s\ngot %+v, again %+v", path, body, first, again)
		}
		if got := d.send(t, s, documentCall{target: path, body: []byte("{}"), signer: signer}); got.Code != respond.CodeInvalid || got.misfit == nil {
			t.Errorf("%s nothing: got %+v", path, got)
		}
		if path == client.PathAffairs {
			return // again is no fault; see submitAffairs
		}
		later := regexp.MustCompile(`("evalTime":"\d{12})\d\d`).ReplaceAll(body, []byte("${1}59"))
		if got := d.send(t, s, documentCall{target: path, body: later, signer: signer}); got.Code != respond.CodeFailed {
			t.Errorf("%s another time: got %+v", path, got)
		}
	})
}

// submitMore: of guides on five other days, for the tags of fewer than five reviews are not published by the fuller interface.
func (d *document) submitMore(t *testing.T, s *server, signer *client.Client) {
	guide := d.doc.Paths.Find(client.PathGuide).Post
	for day := range 5 {
		message := unused(t, guide, "gzga01", day)
		message["evalTime"] = fmt.Sprintf("202601%02d120000", 10+day)
		text, err := json.Marshal(message)
		if err != nil {
			t.Fatal(err)
		}
		if got := d.send(t, s, documentCall{target: client.PathGuide, body: text, signer: signer}); got.Code != respond.CodeSuccess {
			t.Errorf("%s: got %+v", text, got)
		}
	}
}

// lookUp asks for everything that can be looked up: with no parameter that may be left out, with all of them, and with each
// beyond its bounds.
func (d *document) lookUp(t *testing.T, s *server, signer *client.Client) {
	d.operations(http.MethodGet, func(path string, o *openapi3.Operation) {
		get := func(values url.Values) documentAnswer {
			with := documentCall{method: http.MethodGet, target: path + "?" + values.Encode()}
			if strings.HasPrefix(path, "/ping/ebus/") {
				with.signer = signer
			}
			return d.send(t, s, with)
		}
		needed, all := url.Values{}, url.Values{}
		for _, p := range queryParameters(o) {
			for _, value := range []any{p.Schema.Value.Default, p.Example} {
				if value != nil {
					all.Set(p.Name, fmt.Sprint(value))
				}
			}
			if p.Required {
				needed.Set(p.Name, all.Get(p.Name))
			}
		}
		var page struct{ LastRecord string }
		_ = json.Unmarshal(get(needed).Data, &page) // elsewhere data is no object
		if all.Has("pageSize") {
			all.Set("pageSize", "1")
		}
		if path == "/ping/apis/evals" {
			if err := json.Unmarshal(get(all).Data, &page); err != nil || page.LastRecord == "" {
				t.Fatalf("no lastRecord: %v", err)
			}
			all.Set("lastRecord", page.LastRecord)
		}
		if path == "/ping/apis/statistics" || path == "/ping/apis/response" {
			get(url.Values{"type": {"2"}})
		}
		if strings.HasPrefix(path, fullerPrefix) {
			if got := get(url.Values{"regionCode": {"44"}}); got.Code != respond.CodeInvalid || got.Errors[0].Field != "regionCode" {
				t.Errorf("%s with a parameter of the other interface: got %+v", path, got)
			}
			if len(queryParameters(o)) > 0 {
				holdTable(t, get(url.Values{"period": {"2026"}}).Data)
			}
		}
		if got := get(all); got.Code != respond.CodeSuccess {
			t.Errorf("%s %v: got %+v", path, all, got)
		}
		for _, p := range queryParameters(o) {
			for value, accepted := range valuesAtBounds(p.Schema.Value) {
				values := maps.Clone(all)
				values.Set(p.Name, value)
				got := get(values)
				switch {
				case accepted != (got.Code == respond.CodeSuccess), !accepted && got.Errors[0].Field != p.Name:
					t.Errorf("%s %v: got %+v, accepted should be %v", path, values, got, accepted)
				case !accepted && got.misfit == nil && p.Name != "evalEntityCode" && p.Name != "entity": // the list is data of the registry
					t.Errorf("%s %v: fits the document", path, values)
				}
			}
		}
	})
}

// goOnFromFirstHours goes on from a review of the first hours of 1970 in Beijing, which were before 1970 began elsewhere.
func (d *document) goOnFromFirstHours(t *testing.T, s *server, signer *client.Client) {
	message := unused(t, d.doc.Paths.Find(client.PathGuide).Post, "gzga01", 100)
	message["evalTime"] = "19700101000001"
	text, err := json.Marshal(message)
	if err != nil {
		t.Fatal(err)
	}
	d.send(t, s, documentCall{target: client.PathGuide, body: text, signer: signer})
	const target = "/ping/apis/evals?endTime=19700101000000&pageSize=1"
	var page struct{ LastRecord string }
	_ = json.Unmarshal(d.send(t, s, documentCall{method: http.MethodGet, target: target}).Data, &page)
	if !strings.HasPrefix(page.LastRecord, "-28799000000-") {
		t.Fatalf("lastRecord %q", page.LastRecord)
	}
	if got := d.send(t, s, documentCall{method: http.MethodGet, target: target + "&lastRecord=" + page.LastRecord}); got.Code != respond.CodeSuccess {
		t.Errorf("got %+v", got)
	}
}

// unchanged asks the fuller interface again for what it answered: it says that nothing has changed.
func (d *document) unchanged(t *testing.T, s *server) {
	d.operations(http.MethodGet, func(path string, _ *openapi3.Operation) {
		if !strings.HasPrefix(path, fullerPrefix) {
			return
		}
		first, _ := d.exchange(t, s, documentCall{method: http.MethodGet, target: path})                                                                          //nolint:bodyclose // exchange has closed it
		again, text := d.exchange(t, s, documentCall{method: http.MethodGet, target: path, header: map[string]string{"If-None-Match": first.Header.Get("ETag")}}) //nolint:bodyclose // as above
		if first.Header.Get("ETag") == "" || again.StatusCode != http.StatusNotModified || len(text) > 0 {
			t.Errorf("%s: ETag %q, then status %d, %s", path, first.Header.Get("ETag"), again.StatusCode, text)
		}
		for _, response := range []*http.Response{first, again} {
			d.holdHeaders(t, response)
		}
		d.met[fmt.Sprintf("%s: %d", path, again.StatusCode)] = true
	})
}

// holdTable holds the rows of a table against its columns: the newest reviews have none.
func holdTable(t *testing.T, text []byte) {
	t.Helper()
	var data struct {
		Name    string
		Columns []struct{ Key string }
		Rows    []map[string]any
	}
	if err := json.Unmarshal(text, &data); err != nil {
		t.Fatal(err)
	}
	for _, row := range data.Rows {
		for _, column := range data.Columns {
			if _, there := row[column.Key]; !there || len(row) != len(data.Columns) {
				t.Errorf("%s: columns %v of row %v", data.Name, data.Columns, row)
			}
		}
	}
}

// fullerPrefix begins every path of the fuller public interface.
const fullerPrefix = "/ping/apis/v1/"

func queryParameters(o *openapi3.Operation) (parameters []*openapi3.Parameter) {
	for _, p := range o.Parameters {
		if p.Value.In == openapi3.ParameterInQuery {
			parameters = append(parameters, p.Value)
		}
	}
	return parameters
}

// valuesAtBounds gives values of a parameter, and whether each is acceptable.
func valuesAtBounds(schema *openapi3.Schema) map[string]bool {
	values := map[string]bool{"x": false}
	if schema.Min != nil {
		values[strconv.Itoa(int(*schema.Min))], values[strconv.Itoa(int(*schema.Min)-1)] = true, false
		values[strconv.Itoa(int(*schema.Max))], values[strconv.Itoa(int(*schema.Max)+1)] = true, false
	}
	for _, one := range schema.Enum {
		values[fmt.Sprint(one)] = true
	}
	return values
}

// stray makes the calls that no integrator means to make.
func (d *document) stray(t *testing.T, s *server, a app) {
	signer := s.client(a)
	tooLarge := bytes.Repeat([]byte(" "), mostOf(client.PathTags)+1)
	d.send(t, s, documentCall{method: http.MethodGet, target: client.PathTags + "?evalEntityCode=egovAffair", body: tooLarge, signer: signer})
	for path, item := range d.doc.Paths.Map() {
		d.send(t, s, documentCall{method: http.MethodDelete, target: path, signer: signer})
		if !strings.HasPrefix(path, "/ping/ebus/") {
			continue
		}
		for method := range item.Operations() {
			d.send(t, s, documentCall{method: method, target: path})
		}
		if item.Post != nil {
			d.send(t, s, documentCall{target: path, body: bytes.Repeat([]byte(" "), mostOf(path)+1), signer: signer})
			d.send(t, s, documentCall{target: path, body: []byte("{}"), signer: signer, header: map[string]string{"Content-Type": "text/plain"}})
		}
	}
	for _, path := range []string{"/ping/ebus", "/ping/ebus/no", "/ping/ebus/affair/eval/", "/ping/apis/", "/ping/apis/evals/no"} {
		d.send(t, s, documentCall{method: http.MethodGet, target: path})
	}
	for _, signer := range []*client.Client{
		s.client(app{PaasID: "nobody", Secret: a.Secret}), s.client(app{PaasID: a.PaasID, Secret: "guessed"}),
		s.client(a, client.WithClock(func() time.Time { return time.Now().Add(-10 * time.Minute) })),
	} {
		d.send(t, s, documentCall{method: http.MethodGet, target: client.PathTags + "?evalEntityCode=egovAffair", signer: signer})
	}
}

// mostOf is how many bytes a body of an interface may have.
func mostOf(path string) int {
	if path == client.PathAffairs {
		return 1 << 20
	}
	return 64 << 10
}

// throughGateway calls as a gateway in front does, for a person who is logged in there.
func (d *document) throughGateway(t *testing.T, h *house, a app) {
	const key = "between-the-gateway-and-us"
	file := filepath.Join(t.TempDir(), "gateway")
	if err := os.WriteFile(file, []byte(key), 0o600); err != nil {
		t.Fatal(err)
	}
	s := h.serve(t, "--gateway-mode", "trusted", "--gateway-key-file", file)
	now := strconv.FormatInt(time.Now().Unix(), 10)
	header := map[string]string{
		"x-tif-paasid": a.PaasID, "x-tif-timestamp": now, "x-tif-nonce": "n", "x-tif-uid": "u1001", "x-tif-uinfo": "张三", "x-tif-ext": "{}",
		"x-tif-signature": signature.Long(now, key, "n", "u1001", "张三", "{}"),
	}
	calls := []documentCall{{method: http.MethodGet, target: client.PathTags + "?evalEntityCode=egovGuide", header: header}}
	d.submissions(t, func(path string, body []byte) {
		calls = append(calls, documentCall{target: path, body: body, header: header})
	})
	for _, with := range calls {
		if got := d.send(t, s, with); got.Code != respond.CodeSuccess {
			t.Errorf("%s: got %+v", with.target, got)
		}
	}
}

// overRate calls every signed interface once an app has had the one call that it may make.
func (d *document) overRate(t *testing.T, h *house, a app) {
	s := h.serve(t, "--rate", "0.001")
	signer := s.client(a)
	d.send(t, s, documentCall{method: http.MethodGet, target: client.PathTags + "?evalEntityCode=egovAffair", signer: signer})
	for path, item := range d.doc.Paths.Map() {
		for method := range item.Operations() {
			if strings.HasPrefix(path, "/ping/ebus/") {
				d.send(t, s, documentCall{method: method, target: path, signer: signer})
			}
		}
	}
}

// withoutTables takes tables from under a running server: its own fault.
func (d *document) withoutTables(t *testing.T, h *house, s *server, signer *client.Client) {
	db, err := sql.Open("sqlite", strings.TrimPrefix(h.database, "sqlite:")+"?_pragma=busy_timeout(5000)")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close() //nolint:errcheck // the house is a ruin
	if _, err := db.ExecContext(t.Context(), "DROP TABLE once; DROP TABLE counter; DROP TABLE affair"); err != nil {
		t.Fatal(err)
	}
	d.callStore(t, s, signer)
}

// withoutDatabase crashes the database of a running server.
func (d *document) withoutDatabase(t *testing.T, cluster *postgrestest.Cluster) {
	h := onPostgres(t, cluster.Database(t))
	a := h.register(t, "gzga01", "--affairs")
	s := h.serve(t)
	signer := s.client(a)
	d.send(t, s, documentCall{method: http.MethodGet, target: client.PathTags + "?evalEntityCode=egovAffair", signer: signer}) // the app is known from now on
	cluster.Crash(t)
	d.callStore(t, s, signer)
	once := s.client(a, client.WithBodyDigest(client.SM3)) // its nonce can't be remembered
	d.send(t, s, documentCall{method: http.MethodGet, target: client.PathTags + "?evalEntityCode=egovAffair", signer: once})
}

// callStore makes every call that needs the store.
func (d *document) callStore(t *testing.T, s *server, signer *client.Client) {
	d.submissions(t, func(path string, body []byte) { d.send(t, s, documentCall{target: path, body: body, signer: signer}) })
	d.operations(http.MethodGet, func(path string, _ *openapi3.Operation) {
		target := path
		if strings.HasPrefix(path, fullerPrefix) && path != fullerPrefix+"definitions" {
			target += "?period=2020" // nobody asked for it yet: it is not in memory
		}
		if path != client.PathTags {
			d.send(t, s, documentCall{method: http.MethodGet, target: target})
		}
	})
}

// checkMessages holds the messages of the examples against those that were met; one of code 2 is put together from its
// errors.
func (d *document) checkMessages(t *testing.T) {
	for path, item := range d.doc.Paths.Map() {
		for _, operation := range item.Operations() {
			for status, response := range operation.Responses.Map() {
				if response.Value.Content == nil {
					continue // 304
				}
				for name, example := range response.Value.Content[jsonType].Examples {
					text, err := json.Marshal(example.Value.Value)
					if err != nil {
						t.Fatal(err)
					}
					var a struct {
						Code    int
						Message string
						Errors  []fault.Violation
					}
					if err := json.Unmarshal(text, &a); err != nil {
						t.Fatal(err)
					}
					if a.Code == respond.CodeInvalid && a.Message != fault.NewInvalid(a.Errors...).Message ||
						a.Code != respond.CodeInvalid && !d.words[wording(a.Message)] {
						t.Errorf("%s %s, example %s: the server does not say %s", path, status, name, a.Message)
					}
				}
			}
		}
	}
}
