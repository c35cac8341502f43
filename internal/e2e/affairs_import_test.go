package e2e

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/unicode"
)

// written is what an import writes.
func (h *house) written(t *testing.T) []int {
	t.Helper()
	return h.numbers(t, "SELECT count(*) FROM affair", "SELECT count(*) FROM affair_rejected", "SELECT count(*) FROM affair_cursor",
		"SELECT count(*) FROM counter", "SELECT count(*) FROM counter_change", "SELECT count(*) FROM item")
}

// A list is taken whatever its form: a dry run writes nothing and says what would be; the same in another form changes nothing;
// a later one changes what differs.
func TestAffairsAreImported(t *testing.T) {
	onBothEngines(t, func(t *testing.T, h *house) {
		affairs := someAffairs(6000) // more than a batch
		text := csvOf(t, affairList(affairs))
		few := affairList(affairs[:600]) // in other forms: that a list is more than a batch has nothing to do with them
		encode := func(e interface{ String(string) (string, error) }) string {
			encoded, err := e.String(csvOf(t, few))
			if err != nil {
				t.Fatal(err)
			}
			return listFile(t, encoded)
		}
		plain := listFile(t, text)
		empty := h.written(t)
		if r := h.run(t, "import", "affairs", plain); r.status != 0 || !strings.Contains(r.out, "共 6000 行：新增 6000，更新 0，不变 0，未收 0") ||
			!strings.Contains(r.out, "预演") || !strings.Contains(r.err, "100%") {
			t.Errorf("dry run: %+v", r)
		}
		if diff := cmp.Diff(empty, h.written(t)); diff != "" {
			t.Errorf("a dry run wrote: %s", diff)
		}
		if out := h.mustRun(t, "import", "affairs", plain, "--apply"); !strings.Contains(out, "新增 6000") || !strings.Contains(out, "已导入") {
			t.Errorf("apply: %s", out)
		}
		if got := h.number(t, "SELECT count(*) FROM affair"); got != 6000 {
			t.Errorf("%d affairs, want 6000", got)
		}
		for _, again := range []struct {
			name, file string
			rows       int
		}{
			{"the same", plain, 6000},
			{"GBK", encode(simplifiedchinese.GBK.NewEncoder()), 600},
			{"UTF-16", encode(unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewEncoder()), 600},
			{"a workbook", workbookOf(t, few), 600},
		} {
			if out := h.mustRun(t, "import", "affairs", again.file, "--apply"); !strings.Contains(out, fmt.Sprintf("新增 0，更新 0，不变 %d，未收 0", again.rows)) {
				t.Errorf("%s: %s", again.name, out)
			}
		}
		affairs[1].DepartmentCode, affairs[2].AffairDealOfficer, affairs[3].AffairDoneTime = "D9", "黄丽华", "20260201000000"
		later := append(slices.Clone(affairs), someAffairs(7)...)
		if out := h.mustRun(t, "import", "affairs", listFile(t, csvOf(t, affairList(later))), "--apply"); !strings.Contains(out, "共 6007 行：新增 7，更新 3，不变 5997，未收 0") {
			t.Errorf("a later list: %s", out)
		}
		h.agrees(t)
	})
}

// Rows that can't be taken stop nothing. They are exported with why, corrected, imported, and are rejected no more.
func TestRejectedAffairsAreCorrected(t *testing.T) {
	onBothEngines(t, func(t *testing.T, h *house) {
		affairs := someAffairs(9)
		table := affairList(affairs)
		column := func(title string) int { return slices.Index(affairTitles, title) }
		table[1][column("办件编号")] = ""
		table[2][column("办结时间")] = "20260230"
		table[3][column("事项名称")] = strings.Repeat("长", 101)
		table[4][column("证件号码")] = "4.401E+17"
		table[5][column("手机号码")] = "=1+1"
		table[6][column("办结时间")] = "2099-01-01"
		table[6][column("申请人类型")] = "2"
		out := h.mustRun(t, "import", "affairs", listFile(t, csvOf(t, table)+"BJ-X,\"乱\"七八糟\n"+"BJ-Y,一,二,三,四,,,,,,,,,,20260101,,,,,多出来的\n"), "--apply")
		for _, want := range []string{
			"共 11 行：新增 4，更新 0，不变 0，未收 7", "第 2 行：A 列（办件编号）不能为空", "第 3 行：O 列（办结时间）没有这个日期或时间",
			"第 4 行：C 列（事项名称）最多 100 个字符，现有 101 个", "第 5 行：S 列（证件号码）被表格软件变成了 4.401E+17",
			"第 7 行：L 列（申请人类型）应为整数 0（个人）或 1（法人）；O 列（办结时间）不能晚于现在", "第 11 行：第 11 行读不了", "第 12 行：有 20 格，而首行只有 19 列", "export rejected",
		} {
			if !strings.Contains(out, want) {
				t.Errorf("without %s:\n%s", want, out)
			}
		}
		file := filepath.Join(t.TempDir(), "rejected.csv")
		if out := h.mustRun(t, "export", "rejected", file); !strings.Contains(out, "7 行") {
			t.Errorf("export: %s", out)
		}
		if r := h.run(t, "export", "rejected", file); r.status != 1 || !strings.Contains(r.err, "已经存在") {
			t.Errorf("a list that may have been corrected is overwritten: %+v", r)
		}
		exported := readList(t, file)
		corrected := [][]string{exported[0]}
		for _, row := range exported[1:] {
			reason := row[len(affairTitles)]
			switch {
			case strings.Contains(reason, "办件编号 不能为空"):
				row[column("办件编号")] = affairs[0].AffairSerialNo
			case strings.Contains(reason, "没有这个日期"):
				row[column("办结时间")] = affairs[1].AffairDoneTime
			case strings.Contains(reason, "最多 100 个字符"):
				row[column("事项名称")] = affairs[2].AffairName
			case strings.Contains(reason, "表格软件"):
				row[column("证件号码")] = affairs[3].CertificateNo
			case strings.Contains(reason, "不能晚于现在"):
				row[column("办结时间")], row[column("申请人类型")] = affairs[5].AffairDoneTime, "0"
			case strings.Contains(reason, "读不了"):
				row = slices.Concat(affairCells(&affairs[8]), row[len(affairTitles):])
				row[0] = "BJ-X"
			case strings.Contains(reason, "20 格"):
			default:
				t.Errorf("rejected for %s: %q", reason, row)
			}
			corrected = append(corrected, row)
		}
		out = h.mustRun(t, "import", "affairs", listFile(t, csvOf(t, corrected)), "--apply")
		if !strings.Contains(out, "共 7 行：新增 7，更新 0，不变 0，未收 0") || strings.Contains(out, "略过") {
			t.Errorf("the corrected list: %s", out)
		}
		again := filepath.Join(t.TempDir(), "rejected.csv")
		if out := h.mustRun(t, "export", "rejected", again); !strings.Contains(out, "0 行") {
			t.Errorf("rejected still: %s\n%v", out, readList(t, again))
		}
		// What a spreadsheet program would have computed or rounded is what was sent.
		if out := h.mustRun(t, "import", "affairs", listFile(t, csvOf(t, affairList(affairs))), "--apply"); !strings.Contains(out, "更新 1，不变 8") {
			t.Errorf("the list as it should have been: %s", out)
		}
		h.agrees(t)
	})
}

// What is no list of affairs is refused before anything is written.
func TestWhatIsNoListOfAffairs(t *testing.T) {
	h := onSQLite(t)
	for name, tt := range map[string]struct{ content, want string }{
		"nothing":            {"", "是空的"},
		"no required column": {"事项名称,办结时间\nx,20260101\n", "缺少必填的列“办件编号”（affairSerialNo）"},
		"a column twice":     {"办件编号,projectNo,实施清单编码,办结时间\n1,1,1,20260101\n", "只能有一列"},
		"a picture":          {"\x89PNG\r\n\x1a\n\x00\x00", "csv"},
		"no end":             {"办件编号,实施清单编码,办结时间\n1,\"" + strings.Repeat("x\n", 1<<20), "双引号没有成对"},
	} {
		if r := h.run(t, "import", "affairs", listFile(t, tt.content), "--apply"); r.status != 1 || !strings.Contains(r.err, tt.want) {
			t.Errorf("%s: %+v, want %s", name, r, tt.want)
		}
	}
	if got := h.number(t, "SELECT count(*) FROM affair"); got != 0 {
		t.Errorf("%d affairs", got)
	}
}
