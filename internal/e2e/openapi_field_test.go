package e2e

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/google/go-cmp/cmp"
	"github.com/haochaping/haochaping/client"
	"github.com/haochaping/haochaping/internal/web/respond"
)

// documentField is one of a documented request, at its path: tagList[0].tagId is that of an element.
type documentField struct {
	path     string
	required bool
	schema   *openapi3.Schema
}

// requestFields are the fields of a request, each before those within it.
func requestFields(schema *openapi3.Schema, prefix string) (all []documentField) {
	for _, name := range slices.Sorted(maps.Keys(schema.Properties)) {
		f := documentField{prefix + name, slices.Contains(schema.Required, name), schema.Properties[name].Value}
		all = append(all, f)
		switch {
		case f.schema.Properties != nil:
			all = append(all, requestFields(f.schema, f.path+".")...)
		case f.schema.Items != nil:
			all = append(all, requestFields(f.schema.Items.Value, f.path+"[0].")...)
		}
	}
	return all
}

func bodyFields(o *openapi3.Operation) []documentField {
	return requestFields(o.RequestBody.Value.Content[jsonType].Schema.Value, "")
}

// valueCase is a value of a field and the server's reason to refuse it; none when it is accepted.
type valueCase struct {
	value  any
	reason string
	// beyond says that a schema can't tell: the document lets it pass.
	beyond bool
}

// leftOut stands for a field that is not there.
type leftOut struct{}

// cases are the values at the bounds that the document gives a field.
func (f *documentField) cases(appCode string) (cases []valueCase) {
	missing := "不能为空"
	if !f.required {
		missing = ""
	}
	cases = []valueCase{{value: leftOut{}, reason: missing}, {value: nil, reason: missing}}
	add := func(value any, reason string) { cases = append(cases, valueCase{value: value, reason: reason}) }
	longest := func(n int) string { return strings.Repeat("数", n) }
	s := f.schema
	switch {
	case s.Properties != nil:
		add("x", "应为对象")
	case s.Items != nil:
		most := int(*s.MaxItems) //nolint:gosec // a small number
		add("x", "应为数组")
		add([]any{}, "")
		add(slices.Repeat([]any{map[string]any{"tagId": "510"}}, most), "")
		add(slices.Repeat([]any{map[string]any{"tagId": "510"}}, most+1), fmt.Sprintf("最多 %d 个标签，现有 %d 个", most, most+1))
	case s.Type.Includes("integer"):
		add(*s.Min, "")
		add(*s.Max, "")
		for _, value := range []any{*s.Min - 1, *s.Max + 1, "5", 1.5} {
			add(value, "应为")
		}
	case s.Pattern != "":
		add("19700101000000", "")
		add("19691231235959", "应为 1970 年以来真实的日期和时间")
		add("2026010809301", "应为 yyyyMMddHHmmss 格式的 14 位数字")
		add(20260108093012, "应为 yyyyMMddHHmmss 格式的字符串")
		cases = append(cases, valueCase{"20260229000000", "应为 1970 年以来真实的日期和时间", true})
	default:
		most := int(*s.MaxLength) //nolint:gosec // a small number
		add(5, "应为字符串")
		add("", missing)
		add(longest(most+1), fmt.Sprintf("最多 %d 个字符，现有 %d 个", most, most+1))
		switch {
		case s.Enum != nil:
			add("hallAffair", "应为 ")
		case f.path == "tagList[0].tagId": // which tags there are is data of the registry
			cases = append(cases, valueCase{longest(most), "应为 5 星的有效标签", true})
		case f.path == "appCode":
			add(appCode, "")
		default:
			add(longest(most), "")
		}
	}
	return cases
}

// The limits of the document are the server's: what is at a limit is accepted by both, what is beyond it is refused by
// both, and the server names the field and says why.
func TestDocumentedLimitsAreTheServers(t *testing.T) {
	h := onSQLite(t)
	a := h.register(t, "gzga010001") // as long as an appCode may be
	s := h.serve(t, "--rate", "0")
	d := readDocument(t, s)
	signer := s.client(a)
	sent := 0
	d.operations(http.MethodPost, func(path string, o *openapi3.Operation) {
		if path == client.PathAffairs {
			return // each affair is judged for itself: see TestDocumentedLimitsOfAnAffair
		}
		for _, f := range bodyFields(o) {
			for _, tt := range f.cases(a.Code) {
				sent++
				message := unused(t, o, a.Code, sent)
				if f.path == "generalStars" {
					message["tagList"] = []any{} // a tag belongs to its stars
				}
				put(message, f.path, tt.value)
				text, err := json.Marshal(message)
				if err != nil {
					t.Fatal(err)
				}
				got := d.send(t, s, documentCall{target: path, body: text, signer: signer})
				switch {
				case tt.reason == "" && got.Code != respond.CodeSuccess:
					t.Errorf("%s, %s is %v: got %+v", path, f.path, tt.value, got)
				case tt.reason != "" && !slices.ContainsFunc(got.Errors, func(e client.FieldError) bool {
					return e.Field == f.path && strings.HasPrefix(e.Reason, tt.reason)
				}):
					t.Errorf("%s, %s is %v: got %+v, want %s", path, f.path, tt.value, got, tt.reason)
				case tt.reason != "" && tt.beyond != (got.misfit == nil):
					t.Errorf("%s, %s is %v: the document says %v", path, f.path, tt.value, got.misfit)
				}
			}
		}
	})
	if sent < 250 {
		t.Errorf("sent %d values only", sent)
	}
}

// unused is the first example's message about a subject that was not reviewed yet, with five stars and a tag of theirs.
func unused(t *testing.T, o *openapi3.Operation, appCode string, n int) map[string]any {
	t.Helper()
	examples := o.RequestBody.Value.Content[jsonType].Examples
	text, err := json.Marshal(examples[slices.Min(slices.Collect(maps.Keys(examples)))].Value.Value)
	if err != nil {
		t.Fatal(err)
	}
	var message map[string]any
	if err := json.Unmarshal(text, &message); err != nil {
		t.Fatal(err)
	}
	subject := fmt.Sprintf("S%d", n)
	message["appCode"] = appCode
	for path, value := range map[string]any{
		"affair.affairSerialNo": subject, "guide.affairCode": subject, "workOrderId": subject,
		"generalStars": 5, "tagList": []any{map[string]any{"tagId": "510"}},
	} {
		if within, name := parent(message, path); within != nil && within[name] != nil {
			within[name] = value
		}
	}
	return message
}

// put sets a field; a leftOut value takes it out.
func put(message map[string]any, path string, value any) {
	within, name := parent(message, path)
	if _, out := value.(leftOut); out {
		delete(within, name)
		return
	}
	within[name] = value
}

// parent finds the object that a field belongs in; nil when the message has none.
func parent(message map[string]any, path string) (within map[string]any, name string) {
	within = message
	for {
		first, rest, deeper := strings.Cut(path, ".")
		if !deeper {
			return within, first
		}
		if array, element := strings.CutSuffix(first, "[0]"); element {
			within, _ = within[array].([]any)[0].(map[string]any)
		} else {
			within, _ = within[first].(map[string]any)
		}
		path = rest
	}
}

// A message with nothing but its objects lacks exactly the fields that the document requires: the server requires no other.
func TestTheServerRequiresWhatIsDocumented(t *testing.T) {
	h := onSQLite(t)
	a := h.register(t, "gzga01")
	s := h.serve(t)
	d := readDocument(t, s)
	d.operations(http.MethodPost, func(path string, o *openapi3.Operation) {
		if path == client.PathAffairs {
			return // as above
		}
		message := map[string]any{}
		var want []string
		for _, f := range bodyFields(o) {
			if f.schema.Properties != nil {
				put(message, f.path, map[string]any{})
			} else if f.required && !strings.Contains(f.path, "[0]") {
				want = append(want, f.path)
			}
		}
		text, err := json.Marshal(message)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, e := range d.send(t, s, documentCall{target: path, body: text, signer: s.client(a)}).Errors {
			got = append(got, e.Field)
		}
		slices.Sort(got)
		slices.Sort(want)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s requires (-) and is missed (+):\n%s", path, diff)
		}
	})
}

func TestClientSendsWhatIsDocumented(t *testing.T) {
	d := documentOfSource(t)
	for path, message := range map[string]any{
		client.PathAffair: client.AffairEval{}, client.PathGuide: client.GuideEval{}, client.PathHotline: client.HotlineEval{}, client.PathAffairs: client.CompletedAffairs{},
	} {
		var documented []string
		for _, f := range bodyFields(d.doc.Paths.Find(path).Post) {
			documented = append(documented, f.path)
		}
		sent := jsonFields(reflect.TypeOf(message), "")
		slices.Sort(sent)
		slices.Sort(documented)
		if diff := cmp.Diff(documented, sent); diff != "" {
			t.Errorf("%s: documented (-) and sent by client (+):\n%s", path, diff)
		}
	}
}

// jsonFields are the paths of a struct's fields in JSON.
func jsonFields(of reflect.Type, prefix string) (paths []string) {
	for field := range of.Fields() {
		name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		paths = append(paths, prefix+name)
		switch field.Type.Kind() {
		case reflect.Struct:
			paths = append(paths, jsonFields(field.Type, prefix+name+".")...)
		case reflect.Slice:
			paths = append(paths, jsonFields(field.Type.Elem(), prefix+name+"[0].")...)
		}
	}
	return paths
}
