package e2e

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"net/http"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/google/go-cmp/cmp"
	"github.com/haochaping/haochaping/client"
	"github.com/haochaping/haochaping/internal/catalog"
	"github.com/haochaping/haochaping/internal/signature"
)

// The vectors of the guide are what internal/signature computes.
func TestGuideVectors(t *testing.T) {
	count := map[string]int{}
	var first []string
	for _, table := range readGuide(t).tables {
		for _, row := range table.rows {
			for i := range row {
				if row[i] == "（空）" {
					row[i] = ""
				}
			}
			kind, last := strings.Join(table.header, " "), len(row)-1
			var got string
			switch kind {
			case "密钥 timestamp nonce x-tif-signature":
				got = signature.Short(row[1], row[0], row[2])
				if first == nil {
					first = row
				}
			case "密钥 timestamp nonce uid uinfo ext x-tif-signature":
				got = signature.Long(row[1], row[0], row[2], row[3], row[4], row[5])
			case "方法 路径和查询串 请求体 x-hcp-body-digest x-hcp-signature":
				algorithm, _ := signature.ParseDigest(row[3])
				if digest := signature.BodyDigest(algorithm, []byte(row[2])); digest != row[3] {
					t.Errorf("%v: the digest is %s", row, digest)
				}
				got = signature.Strong(algorithm, first[0], row[0], row[1], first[1], first[2], row[3])
			default:
				continue
			}
			count[kind]++
			if got != row[last] {
				t.Errorf("%v: the signature is %s", row, got)
			}
		}
	}
	if len(count) != 3 {
		t.Errorf("found %v", count)
	}
}

// The guide's tables of fields are the OpenAPI document's, which the server keeps to.
func TestGuideFieldsAreTheDocuments(t *testing.T) {
	d := documentOfSource(t)
	g := readGuide(t)
	for section, path := range map[string]string{"5.1": client.PathAffair, "5.2": client.PathGuide, "5.3": client.PathHotline, "5.5": client.PathAffairs} {
		var want, got []string
		for _, f := range bodyFields(d.doc.Paths.Find(path).Post) {
			want = append(want, fmt.Sprintln(f.path, map[bool]string{true: "是", false: "否"}[f.required], specificationType(f.schema)))
		}
		for _, table := range g.tables {
			if strings.HasPrefix(table.heading, section+" ") && table.header[0] == "参数名" {
				for _, row := range table.rows {
					got = append(got, fmt.Sprintln(row[0], row[1], row[2]))
				}
			}
		}
		slices.Sort(want)
		slices.Sort(got)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: documented (-) and in the guide (+):\n%s", path, diff)
		}
	}
	d.operations(http.MethodGet, func(path string, o *openapi3.Operation) {
		names := map[string]bool{path: true}
		for _, p := range queryParameters(o) {
			names[p.Name] = true
		}
		fields := map[string]bool{}
		for _, variant := range o.Responses.Status(http.StatusOK).Value.Content[jsonType].Schema.Value.OneOf {
			if data := variant.Value.Properties["data"]; data != nil {
				documentedFields(data.Value, "", fields)
			}
		}
		for field := range fields {
			names[field[strings.LastIndex(field, ".")+1:]] = true
		}
		for name := range names {
			if !regexp.MustCompile("[`?&.\"]" + regexp.QuoteMeta(name) + "[`=?\"]").MatchString(g.text) {
				t.Errorf("the guide does not name %s of %s", name, path)
			}
		}
	})
	for status := range d.statuses() {
		if !strings.Contains(g.text, "| "+status+" |") {
			t.Errorf("the guide does not name the status %s", status)
		}
	}
}

// specificationType is a field's type as the specification writes it.
func specificationType(schema *openapi3.Schema) string {
	switch {
	case schema.Properties != nil:
		return "Object"
	case schema.Items != nil:
		return "Array"
	case schema.Type.Includes("integer"):
		return "Integer"
	case schema.Pattern != "":
		return "String(14)"
	case schema.MaxLength == nil: // a time in any usual form
		return "String"
	default:
		return fmt.Sprintf("String(%d)", *schema.MaxLength)
	}
}

// statuses are all that any interface may answer.
func (d *document) statuses() map[string]bool {
	all := map[string]bool{"404": true}
	for _, item := range d.doc.Paths.Map() {
		for _, o := range item.Operations() {
			for status := range o.Responses.Map() {
				all[status] = true
			}
		}
	}
	return all
}

func TestGuideNamesEveryTag(t *testing.T) {
	text := readGuide(t).text
	for _, tag := range catalog.National() {
		if !strings.Contains(text, tag.ID+" "+tag.Name) {
			t.Errorf("the guide does not name tag %s %s", tag.ID, tag.Name)
		}
	}
}

// messageSources are where the words that an integrator meets are written.
var messageSources = []string{
	"../web/ebus/*.go", "../web/apis/*.go", "../web/respond/*.go", "../review/*.go", "../fault/*.go", "../store/transaction.go", "../../client/*.go",
	"../integrator/nonce.go", "../affair/reader.go", "../affair/moment.go", "../affair/record.go",
}

// staffSources stand in those places, too, but only staff in the console meet their words.
var staffSources = []string{"../review/field.go", "../review/find.go"}

// pageWords stand in those places, too, but only people on our pages or with our lists meet them.
var pageWords = []string{
	"没有这个回执码对应的评价，请核对后重新输入", "该窗口您当日已评价", "列“%s”与“%s”是同一项（%s），只能有一列", "缺少必填的列“%s”（%s）",
	"列“%s”中的个人信息已遮盖，不能导入，请在来源处改正", "不是正确的 UTF-8 文字", "不能有空字符（U+0000）", "（必填）", "(必填)",
}

// Every message that an integrator can meet stands in the guide, and the guide tells of no other.
func TestGuideNamesEveryMessage(t *testing.T) {
	g := readGuide(t)
	verb := regexp.MustCompile(`%[a-z]`)
	var pieces []string
	for _, literal := range chineseLiterals(t, messageSources) {
		if slices.Contains(pageWords, literal) {
			continue
		}
		parts := verb.Split(literal, -1)
		pieces = append(pieces, parts...)
		for i := range parts {
			parts[i] = regexp.QuoteMeta(parts[i])
		}
		if !regexp.MustCompile(strings.TrimSpace(strings.Join(parts, ".+?"))).MatchString(g.text) {
			t.Errorf("the guide does not tell of %q", literal)
		}
	}
	if len(pieces) < 60 {
		t.Fatalf("found %d messages only", len(pieces))
	}

	slices.SortFunc(pieces, func(a, b string) int { return len(b) - len(a) })
	told := 0
	for _, table := range g.tables {
		column := slices.IndexFunc(table.header, func(title string) bool { return strings.HasSuffix(title, "文字") })
		if column < 0 {
			continue
		}
		for _, row := range table.rows {
			told++
			rest := row[column]
			for _, piece := range pieces {
				rest = strings.ReplaceAll(rest, strings.TrimSpace(piece), "")
			}
			if chineseText.MatchString(rest) {
				t.Errorf("the guide tells of %q, which nobody says: %q is left", row[column], rest)
			}
		}
	}
	if told < 50 {
		t.Errorf("the guide tells of %d messages only", told)
	}
}

var chineseText = regexp.MustCompile(`\p{Han}`)

// chineseLiterals are the strings with Chinese words in a program's files.
func chineseLiterals(t *testing.T, patterns []string) (literals []string) {
	t.Helper()
	for _, pattern := range patterns {
		files, err := filepath.Glob(pattern)
		if err != nil || len(files) == 0 {
			t.Fatalf("%s: %v, %v", pattern, files, err)
		}
		for _, file := range files {
			if strings.HasSuffix(file, "_test.go") || slices.Contains(staffSources, file) {
				continue
			}
			source, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
			if err != nil {
				t.Fatal(err)
			}
			ast.Inspect(source, func(n ast.Node) bool {
				literal, ok := n.(*ast.BasicLit)
				if !ok || literal.Kind != token.STRING {
					return true
				}
				text, err := strconv.Unquote(literal.Value)
				if err != nil {
					t.Fatal(err)
				}
				if chineseText.MatchString(text) {
					literals = append(literals, text)
				}
				return true
			})
		}
	}
	return literals
}
