package e2e

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"os"
	"regexp"
	"slices"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/haochaping/haochaping/client"
	"github.com/haochaping/haochaping/internal/web/respond"
)

// document is the OpenAPI document that a server serves, with every object closed, so that an answer with a field that is not
// documented does not fit; and what was met of it.
type document struct {
	doc   *openapi3.T
	met   map[string]bool
	words map[string]bool // the wording of every message
}

func readDocument(t *testing.T, s *server) *document {
	t.Helper()
	_, text := s.get(t, "/ping/openapi.json")
	return newDocument(t, []byte(text))
}

// documentOfSource is the OpenAPI document as it stands in the source.
func documentOfSource(t *testing.T) *document {
	t.Helper()
	text, err := os.ReadFile("../web/openapi/openapi.json")
	if err != nil {
		t.Fatal(err)
	}
	return newDocument(t, text)
}

func newDocument(t *testing.T, text []byte) *document {
	t.Helper()
	doc, err := openapi3.NewLoader().LoadFromData(text)
	if err != nil {
		t.Fatal(err)
	}
	closed := false
	err = doc.WalkSchemas(func(_ string, schema *openapi3.SchemaRef) error {
		if schema.Value.Properties != nil {
			schema.Value.AdditionalProperties.Has = &closed
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return &document{doc: doc, met: map[string]bool{}, words: map[string]bool{}}
}

// operations visits the operations of a method, by path.
func (d *document) operations(method string, visit func(path string, o *openapi3.Operation)) {
	for _, path := range slices.Sorted(maps.Keys(d.doc.Paths.Map())) {
		if o := d.doc.Paths.Find(path).GetOperation(method); o != nil {
			visit(path, o)
		}
	}
}

// submissions visits every example of a request body.
func (d *document) submissions(t *testing.T, visit func(path string, body []byte)) {
	t.Helper()
	d.operations(http.MethodPost, func(path string, o *openapi3.Operation) {
		for _, example := range o.RequestBody.Value.Content[jsonType].Examples {
			body, err := json.Marshal(example.Value.Value)
			if err != nil {
				t.Fatal(err)
			}
			visit(path, body)
		}
	})
}

const jsonType = "application/json"

// documentCall is one to make. Without a signer it is not signed.
type documentCall struct {
	method, target string // POST when empty
	body           []byte
	signer         *client.Client
	header         map[string]string // instead of what it would be
}

// documentAnswer is what came back.
type documentAnswer struct {
	Code      int
	Message   string
	Data      json.RawMessage
	Errors    []client.FieldError
	RequestID string
	misfit    error // why the request does not fit the document; nil when it does
}

// send makes a call and holds it against the document: its answer always fits, and so does a request that is answered by
// code 0.
func (d *document) send(t *testing.T, s *server, with documentCall) documentAnswer {
	t.Helper()
	response, text := d.exchange(t, s, with) //nolint:bodyclose // exchange has closed it
	r := response.Request
	r.Body = io.NopCloser(bytes.NewReader(with.body))
	return d.hold(t, r, response, text)
}

// exchange makes a call and reads its answer to the end.
func (d *document) exchange(t *testing.T, s *server, with documentCall) (*http.Response, []byte) {
	t.Helper()
	if with.method == "" {
		with.method = http.MethodPost
	}
	r, err := http.NewRequestWithContext(t.Context(), with.method, s.url+with.target, bytes.NewReader(with.body))
	if err != nil {
		t.Fatal(err)
	}
	if with.body != nil {
		r.Header.Set("Content-Type", "application/json;charset=utf-8")
	}
	if with.signer != nil {
		with.signer.Sign(r, with.body)
	}
	for name, value := range with.header {
		r.Header.Set(name, value)
	}
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close() //nolint:errcheck // it was read
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response, text
}

// holdHeaders holds an answer of a documented path against the headers that are documented for it: one that tells a caller what to do
// is there, and one that is required.
func (d *document) holdHeaders(t *testing.T, response *http.Response) {
	t.Helper()
	where := fmt.Sprintf("%s: status %d", response.Request.URL.Path, response.StatusCode)
	documented := d.route(response.Request).Operation.Responses.Status(response.StatusCode)
	if documented == nil {
		t.Errorf("%s is not documented", where)
		return
	}
	for _, name := range []string{"ETag", "Cache-Control", "Access-Control-Allow-Origin", "X-Request-Id"} {
		if documented.Value.Headers[name] == nil && response.Header.Get(name) != "" {
			t.Errorf("%s: the header %s is not documented", where, name)
		}
	}
	for name, header := range documented.Value.Headers {
		if header.Value.Required && response.Header.Get(name) == "" {
			t.Errorf("%s: the header %s is not there", where, name)
		}
	}
}

// hold holds an exchange against the document and notes what of it was met.
func (d *document) hold(t *testing.T, r *http.Request, response *http.Response, text []byte) documentAnswer {
	t.Helper()
	exchange := fmt.Sprintf("%s %s: status %d, %s", r.Method, r.URL, response.StatusCode, text)
	var a documentAnswer
	if err := json.Unmarshal(text, &a); err != nil {
		t.Fatalf("%s: %v", exchange, err)
	}
	if id := response.Header.Get("X-Request-Id"); id == "" || id != a.RequestID {
		t.Errorf("%s: X-Request-Id is %q", exchange, id)
	}
	input := &openapi3filter.RequestValidationInput{
		Request: r, Route: d.route(r), Options: &openapi3filter.Options{MultiError: true, SkipSettingDefaults: true},
	}
	err := openapi3filter.ValidateResponse(t.Context(), (&openapi3filter.ResponseValidationInput{
		RequestValidationInput: input, Status: response.StatusCode, Header: response.Header,
		Options: &openapi3filter.Options{MultiError: true, IncludeResponseStatus: true},
	}).SetBodyBytes(text))
	if err != nil {
		t.Errorf("%s\ndoes not fit the document: %v", exchange, err)
	}
	a.misfit = openapi3filter.ValidateRequest(t.Context(), input)
	if a.Code == respond.CodeSuccess && a.misfit != nil && !rejectsAffairs(&a) {
		t.Errorf("%s\nis the answer to a request that does not fit the document: %v", exchange, a.misfit)
	}
	d.note(&a, input, response.StatusCode)
	return a
}

// rejectsAffairs says whether an answer rejects some affair: each is judged for itself, so that the request as a whole is
// answered by code 0.
func rejectsAffairs(a *documentAnswer) bool {
	var data struct{ Rejected int }
	return json.Unmarshal(a.Data, &data) == nil && data.Rejected > 0
}

// elsewhere stands for every path that is not documented. Its answer is NotFound.
const elsewhere = "elsewhere"

// route finds the operation of a request: a documented path has one, whatever the method.
func (d *document) route(r *http.Request) *routers.Route {
	item := d.doc.Paths.Find(r.URL.Path)
	if item == nil {
		responses := openapi3.NewResponses(openapi3.WithStatus(http.StatusNotFound, d.doc.Components.Responses["NotFound"]))
		return &routers.Route{
			Spec: d.doc, Path: elsewhere, PathItem: &openapi3.PathItem{}, Operation: &openapi3.Operation{Responses: responses},
		}
	}
	route := &routers.Route{Spec: d.doc, Path: r.URL.Path, PathItem: item}
	for method, operation := range item.Operations() {
		route.Method, route.Operation = method, operation
	}
	return route
}

// note notes what of the document an exchange met.
func (d *document) note(a *documentAnswer, input *openapi3filter.RequestValidationInput, status int) {
	route, r := input.Route, input.Request
	d.words[wording(a.Message)] = true
	d.met[fmt.Sprintf("%s: %d, code %d", route.Path, status, a.Code)] = true
	if a.Code != respond.CodeSuccess {
		return
	}
	for _, p := range route.Operation.Parameters {
		if r.Header.Get(p.Value.Name) != "" || r.URL.Query().Has(p.Value.Name) {
			d.met[route.Path+": parameter "+p.Value.Name] = true
		}
	}
	var data any
	if json.Unmarshal(a.Data, &data) == nil {
		noteFields(data, route.Path+": data", d.met)
	}
}

// noteFields notes the fields of a value, those of an array's elements as one.
func noteFields(value any, where string, met map[string]bool) {
	switch value := value.(type) {
	case map[string]any:
		for name, child := range value {
			met[where+"."+name] = true
			noteFields(child, where+"."+name, met)
		}
	case []any:
		for _, child := range value {
			noteFields(child, where, met)
		}
	}
}

// documented is all that can be met.
func (d *document) documented() map[string]bool {
	all := map[string]bool{elsewhere + ": 404, code -1": true}
	for path, item := range d.doc.Paths.Map() {
		for _, operation := range item.Operations() {
			for _, p := range operation.Parameters {
				all[path+": parameter "+p.Value.Name] = true
			}
			for status, response := range operation.Responses.Map() {
				if response.Value.Content == nil {
					all[path+": "+status] = true
					continue
				}
				schema := response.Value.Content[jsonType].Schema
				for _, variant := range append(openapi3.SchemaRefs{schema}, schema.Value.OneOf...) {
					if code := variant.Value.Properties["code"]; code != nil {
						all[fmt.Sprintf("%s: %s, code %v", path, status, code.Value.Const)] = true
					}
					if data := variant.Value.Properties["data"]; data != nil {
						documentedFields(data.Value, path+": data", all)
					}
				}
			}
		}
	}
	return all
}

func documentedFields(schema *openapi3.Schema, where string, all map[string]bool) {
	for name, property := range schema.Properties {
		all[where+"."+name] = true
		documentedFields(property.Value, where+"."+name, all)
	}
	if schema.Items != nil {
		documentedFields(schema.Items.Value, where, all)
	}
}

var differing = regexp.MustCompile(`[0-9A-Z]{20}|[0-9]+`)

// wording is a message without its numbers and times.
func wording(message string) string { return differing.ReplaceAllString(message, "#") }
