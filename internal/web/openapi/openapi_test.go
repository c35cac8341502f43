package openapi

import (
	"bytes"
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strconv"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/google/go-cmp/cmp"
)

// validate says what is wrong with a document, its examples included.
func validate(t *testing.T, document []byte) error {
	t.Helper()
	doc, err := openapi3.NewLoader().LoadFromData(document)
	if err != nil {
		return err
	}
	if !doc.IsOpenAPI31OrLater() {
		t.Errorf("the document is of version %s", doc.OpenAPI)
	}
	err = doc.Validate(t.Context(), openapi3.EnableExamplesValidation(),
		openapi3.EnableSchemaPatternValidation(), openapi3.EnableMultiError())
	if err != nil {
		return err
	}
	return doc.WalkSchemas(func(where string, schema *openapi3.SchemaRef) error {
		for _, example := range schema.Value.Examples {
			if err := schema.Value.VisitJSON(example, openapi3.EnableJSONSchema2020()); err != nil {
				t.Errorf("%s: example %v: %v", where, example, err)
			}
		}
		return nil
	})
}

func TestDocumentIsValid(t *testing.T) {
	if err := validate(t, document); err != nil {
		t.Error(err)
	}
}

// What the validator does not see, the test above does not prove.
func TestSpoiledDocumentIsNot(t *testing.T) {
	for _, tt := range []struct{ name, old, spoiled string }{
		{"an example of a request", `"generalStars": 2,`, `"generalStars": 6,`},
		{"an example of an answer", `"score": 9.87`, `"score": "9.87"`},
		{"an example of a code", `"value": {"code": -1,`, `"value": {"code": 1,`},
		{"a reference", "#/components/schemas/Moment", "#/components/schemas/Instant"},
		{"a type", `"type": "integer"`, `"type": "whole"`},
		{"a pattern", `"^[ -~]{1,36}$"`, `"^[ -~{1,36}$"`},
	} {
		if !bytes.Contains(document, []byte(tt.old)) {
			t.Fatalf("%s: the document has no %s", tt.name, tt.old)
		}
		if validate(t, bytes.Replace(document, []byte(tt.old), []byte(tt.spoiled), 1)) == nil {
			t.Errorf("%s: the validator does not see %s", tt.name, tt.spoiled)
		}
	}
}

func TestEveryRouteIsDocumentedAndNoOther(t *testing.T) {
	served := append(routes(t, "../ebus/handler.go", "/ping/ebus/"), routes(t, "../apis/handler.go", "/ping/apis/")...)
	doc, err := openapi3.NewLoader().LoadFromData(document)
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(served)
	if diff := cmp.Diff(served, slices.Sorted(maps.Keys(doc.Paths.Map()))); diff != "" {
		t.Errorf("served (-) and documented (+):\n%s", diff)
	}
}

// routes reads the keys of the map of routes that a handler's constructor makes.
func routes(t *testing.T, file, prefix string) (paths []string) {
	t.Helper()
	source, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	constructor := slices.IndexFunc(source.Decls, func(d ast.Decl) bool {
		function, ok := d.(*ast.FuncDecl)
		return ok && function.Name.Name == "NewHandler"
	})
	if constructor < 0 {
		t.Fatalf("%s has no NewHandler", file)
	}
	ast.Inspect(source.Decls[constructor], func(n ast.Node) bool {
		literal, ok := n.(*ast.CompositeLit)
		if !ok {
			return true
		}
		if _, ok := literal.Type.(*ast.MapType); !ok {
			return true
		}
		for _, element := range literal.Elts {
			if key, ok := element.(*ast.KeyValueExpr).Key.(*ast.BasicLit); ok {
				path, err := strconv.Unquote(key.Value)
				if err != nil {
					t.Fatal(err)
				}
				paths = append(paths, prefix+path)
			}
		}
		return false
	})
	if len(paths) == 0 {
		t.Fatalf("%s: NewHandler makes no map of routes", file)
	}
	return paths
}

var (
	chinese = regexp.MustCompile(`\p{Han}`)
	// described are the places whose objects have to be described: fields, and what components has.
	described = regexp.MustCompile(`/properties/\w+$|^/components/\w+/\w+$`)
)

func TestEverythingIsDescribedInChinese(t *testing.T) {
	var root any
	if err := json.Unmarshal(document, &root); err != nil {
		t.Fatal(err)
	}
	places := 0
	walk(root, "", func(where string, node map[string]any) {
		parameter, operation := node["in"] != nil, node["operationId"] != nil
		if node["$ref"] != nil || !described.MatchString(where) && !parameter && !operation {
			return
		}
		places++
		if text, _ := node["description"].(string); !chinese.MatchString(text) {
			t.Errorf("%s has no description in Chinese", where)
		}
	})
	if places < 100 {
		t.Errorf("looked at %d places only", places)
	}
}

// walk visits every object of a document but the examples.
func walk(node any, where string, visit func(where string, node map[string]any)) {
	switch node := node.(type) {
	case map[string]any:
		visit(where, node)
		for name, child := range node {
			if name != "examples" {
				walk(child, where+"/"+name, visit)
			}
		}
	case []any:
		for i, child := range node {
			walk(child, where+"/"+strconv.Itoa(i), visit)
		}
	}
}

func TestAnyPageMayReadIt(t *testing.T) {
	answer := httptest.NewRecorder()
	Handler().ServeHTTP(answer, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/ping/openapi.json", http.NoBody))
	if got := answer.Header().Get("Content-Type"); answer.Code != http.StatusOK || got != "application/json" {
		t.Errorf("got %d, %s", answer.Code, got)
	}
	if got := answer.Header().Get("Access-Control-Allow-Origin"); got != "*" {
		t.Errorf("Access-Control-Allow-Origin: got %q", got)
	}
	if !bytes.Equal(answer.Body.Bytes(), document) {
		t.Error("it is another document")
	}
}
