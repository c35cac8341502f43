package venue

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/haochaping/haochaping/internal/org"
	"github.com/haochaping/haochaping/internal/sheet"
	"pgregory.net/rapid"
)

// memory keeps venues as a store does, and can be cut short.
type memory struct {
	halls    []Hall
	windows  []Window
	officers []Officer
	calls    int
	failAt   int // the call of SaveVenues that fails, from 1
	err      error
}

func (m *memory) Venues(context.Context) ([]Hall, []Window, []Officer, error) {
	return append([]Hall(nil), m.halls...), append([]Window(nil), m.windows...), append([]Officer(nil), m.officers...), nil
}

func (m *memory) SaveVenues(_ context.Context, c Changes) error {
	if m.calls++; m.calls == m.failAt {
		return m.err
	}
	for _, h := range c.ChangedHalls {
		replace(m.halls, h, func(x Hall) bool { return x.Code == h.Code })
	}
	m.halls = append(m.halls, c.NewHalls...)
	for _, w := range c.ChangedWindows {
		replace(m.windows, w, func(x Window) bool { return x.Code == w.Code })
	}
	m.windows = append(m.windows, c.NewWindows...)
	for _, o := range c.Officers {
		if !replace(m.officers, o, func(x Officer) bool { return x.HallCode == o.HallCode && x.WorkNo == o.WorkNo }) {
			m.officers = append(m.officers, o)
		}
	}
	return m.unique()
}

func replace[T any](things []T, with T, is func(T) bool) bool {
	for i := range things {
		if is(things[i]) {
			things[i] = with
			return true
		}
	}
	return false
}

// unique says what the database's keys would refuse.
func (m *memory) unique() error {
	seen := map[string]bool{}
	var keys []string
	for _, h := range m.halls {
		keys = append(keys, h.Code, h.RegionCode+"/"+h.Name)
	}
	for _, w := range m.windows {
		keys = append(keys, w.Code, w.HallCode+"#"+w.Number)
	}
	for _, key := range keys {
		if seen[key] {
			return fmt.Errorf("%w: %s", ErrTaken, key)
		}
		seen[key] = true
	}
	return nil
}

// house is a service on an empty store.
type house struct {
	*Service
	*memory
	directory *Directory
}

func newHouse() *house {
	h := &house{memory: &memory{}, directory: NewDirectory()}
	h.Service = NewService(h.memory, h.directory, org.NewRegistry(org.Guangdong(), nil))
	return h
}

// heads are those of the template.
func heads() []string {
	var heads []string
	for _, f := range formFields {
		heads = append(heads, columns[f].name)
	}
	return heads
}

// table makes rows of cells parted by "|", the first of them row 2 under the template's heads.
func table(lines ...string) []sheet.Row {
	return under(heads(), lines...)
}

func under(heads []string, lines ...string) []sheet.Row {
	rows := []sheet.Row{{Number: 1, Cells: heads}}
	for i, line := range lines {
		cells := strings.Split(line, "|")
		for j := range cells {
			cells[j] = strings.TrimSpace(cells[j])
		}
		rows = append(rows, sheet.Row{Number: i + 2, Cells: cells})
	}
	return rows
}

// fataler is a test of either kind.
type fataler interface {
	Helper()
	Fatal(arguments ...any)
}

func (h *house) plan(t fataler, rows []sheet.Row) *Plan {
	t.Helper()
	p, err := h.Plan(context.Background(), rows)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// imports imports rows that have no fault.
func (h *house) imports(t *testing.T, rows []sheet.Row) *Plan {
	t.Helper()
	p := h.plan(t, rows)
	for _, f := range p.Faults {
		t.Errorf("unexpected: %s", f)
	}
	if err := h.Apply(context.Background(), p, func(int, int) {}); err != nil {
		t.Fatal(err)
	}
	return p
}

const (
	center = "广州市|市直|广州市政务服务中心|华利路61号|020-12345678|周一至周五 9:00—17:00"
	street = "440104001000|镇街|洪桥街道政务服务中心|忠佑大街48号|13800138000、12345|全天"
	police = "|广州市公安局|D1"
	same   = "|||||"
)

func TestAnEmptyListIsImported(t *testing.T) {
	h := newHouse()
	p := h.imports(t, table(
		center+police+"|1|出入境|GZ001|陈志强",
		same+"|||||GZ002|黄丽华",            // the same window
		same+"|市场监督管理局||2|企业开办|GZ003|李伟", // the same hall
		center+"|||||GZ004|王五",           // no window of his own
		street+police+"|A1|综合受理",
		"越秀区北京街道|村居|党群服务站|正街|0757-8888 8888转801|9:00—17:00",
	))
	if want := (Count{3, 3, 4}); p.New != want || p.Changed.Total()+p.Same.Total()+p.Missing.Total() != 0 {
		t.Errorf("got %+v, want %+v new", p, want)
	}
	hall, ok := h.directory.Hall("440100000001")
	want := Hall{"440100000001", "440100000000", CityLevel, "广州市政务服务中心", "华利路61号", "020-12345678", "周一至周五 9:00—17:00", false}
	if !ok || hall != want {
		t.Errorf("got %+v, want %+v", hall, want)
	}
	if got := h.directory.WindowsOf(hall.Code); len(got) != 2 || got[1] != (Window{"4401000000010002", hall.Code, "2", "企业开办", "", "市场监督管理局", false}) {
		t.Errorf("got %+v", got)
	}
	for workNo, window := range map[string]string{"GZ001": "4401000000010001", "GZ002": "4401000000010001", "GZ003": "4401000000010002", "GZ004": ""} {
		if got, ok := h.directory.Officer(hall.Code, workNo); !ok || got.WindowCode != window {
			t.Errorf("officer %s: got %+v, want window %q", workNo, got, window)
		}
	}
	for _, code := range []string{"440104001001", "440104003001"} {
		if _, ok := h.directory.Hall(code); !ok {
			t.Errorf("there is no hall %s in %+v", code, h.directory.Halls())
		}
	}
}

func TestTheSameListAgainChangesNothing(t *testing.T) {
	h := newHouse()
	rows := table(center+police+"|1|出入境|GZ001|陈志强", same+"|||||GZ002|黄丽华", street)
	h.imports(t, rows)
	calls := h.calls
	p := h.imports(t, rows)
	if want := (Count{2, 1, 2}); p.Same != want || p.New.Total()+p.Changed.Total()+p.Missing.Total() != 0 || h.calls != calls {
		t.Errorf("got %+v after %d calls, want %+v the same", p, h.calls-calls, want)
	}
}

func TestACorrectedListChangesOnlyWhatChanged(t *testing.T) {
	h := newHouse()
	h.imports(t, table(
		center+police+"|1|出入境|GZ001|陈志强", same+police+"|2|户政|GZ002|黄丽华", street+police+"|A1|综合受理|X1|李伟",
		"荔湾区|区县|荔湾区政务服务中心|路|12345|全天"+police+"|1|综合"))
	before := *h.memory
	p := h.imports(t, table(
		strings.Replace(center, "华利路61号", "华利路63号", 1)+police+"|1|出入境|GZ001|陈志刚",
		same+police+"|3|税务|GZ002|黄丽华",
		street))
	if p.New != (Count{Windows: 1}) || p.Changed != (Count{Halls: 1, Officers: 2}) || p.Same != (Count{Halls: 1, Windows: 1}) ||
		p.Missing != (Count{Halls: 1, Windows: 2, Officers: 1}) {
		t.Errorf("got %+v", p)
	}
	want := []Change{
		{"D2", "广州市政务服务中心", "地址", "华利路61号", "华利路63号"},
		{"L2", "广州市政务服务中心 工号 GZ001", "姓名", "陈志强", "陈志刚"},
		{"I3", "广州市政务服务中心 工号 GZ002", "窗口号", "2", "3"},
	}
	for i := range want {
		if i >= len(p.Changes) || p.Changes[i] != want[i] {
			t.Errorf("change %d: got %+v, want %+v", i, p.Changes, want[i])
		}
	}
	if got, _ := h.directory.Window("4401000000010003"); got.Number != "3" || got.Name != "税务" {
		t.Errorf("the new window is %+v", got)
	}
	if got, _ := h.directory.Window("4401000000010002"); got != before.windows[1] {
		t.Errorf("a window that is missing in the list became %+v", got)
	}
}

func TestAnExportedListGivesNewNames(t *testing.T) {
	h := newHouse()
	h.imports(t, table(center+police+"|1|出入境|GZ001|陈志强", same+police+"|2|户政", street))
	export := func() []sheet.Row {
		page := h.directory.Export(func(code string) string { return "http://h/ping/window.html?w=" + code })
		rows := []sheet.Row{{Number: 1}}
		for _, c := range page.Columns {
			rows[0].Cells = append(rows[0].Cells, c.Name)
		}
		for i, cells := range page.Rows {
			rows = append(rows, sheet.Row{Number: i + 2, Cells: cells})
		}
		return rows
	}
	rows := export()
	if got := rows[1].Cell(14); got != "http://h/ping/window.html?w=4401000000010001" {
		t.Errorf("address %s", got)
	}
	if p := h.imports(t, rows); p.Same != (Count{2, 2, 1}) || p.New.Total()+p.Changed.Total() != 0 {
		t.Errorf("what was exported is imported as %+v", p)
	}
	for i := range rows[1:] { // the halls swap their names, the windows their numbers
		cells := rows[i+1].Cells
		switch cells[12] {
		case "440100000001":
			cells[0], cells[2] = "440104001000", "洪桥街道政务服务中心"
		case "440104001001":
			cells[0], cells[1], cells[2] = "440100000000", CityLevel, "广州市政务服务中心"
		}
		cells[8] = strings.NewReplacer("1", "2", "2", "1").Replace(cells[8])
	}
	p := h.imports(t, rows)
	if p.Changed != (Count{Halls: 2, Windows: 2}) || p.New.Total()+p.Missing.Total() != 0 {
		t.Errorf("got %+v", p)
	}
	if got, _ := h.directory.Hall("440104001001"); got.Name != "广州市政务服务中心" {
		t.Errorf("hall 440104001001 is %+v", got)
	}
	if got, _ := h.directory.Window("4401000000010001"); got.Number != "2" || got.Name != "出入境" {
		t.Errorf("window 1 is %+v", got)
	}
	// The name and the numbers that one gives up are free for another.
	more := export()
	for i := range more[1:] {
		if cells := more[i+1].Cells; cells[12] == "440104001001" {
			cells[2] = "旧址"
		} else {
			cells[8] = "5" + cells[8]
		}
	}
	more = append(more,
		sheet.Row{Number: len(more) + 1, Cells: strings.Split(center, "|")},
		sheet.Row{Number: len(more) + 2, Cells: []string{"440104001000", "", "洪桥街道政务服务中心", "", "", "", "局", "", "1", "综合"}})
	if p := h.imports(t, more); p.New != (Count{Halls: 1, Windows: 1}) || p.Changed != (Count{Halls: 1, Windows: 2, Officers: 0}) {
		t.Errorf("got %+v", p)
	}
	if got, _ := h.directory.Window("4401000000010003"); got.Number != "1" {
		t.Errorf("the new window 1 is %+v", got)
	}
}

func TestAListThatDoesNotSpeakOfDepartmentCodesKeepsThem(t *testing.T) {
	h := newHouse()
	h.imports(t, table(center+police+"|1|出入境"))
	if p := h.imports(t, under(
		[]string{"区划", "层级", "大厅名称", "地址", "电话", "开放时间", "部门名称", "窗口号", "窗口名称"}, center+"|广州市公安局|1|出入境")); p.Same.Windows != 1 {
		t.Errorf("got %+v", p)
	}
	if p := h.imports(t, table(center+"|广州市公安局||1|出入境")); p.Changed.Windows != 1 {
		t.Errorf("an empty cell: got %+v", p)
	}
}

func TestWhatWasCutShortGoesOnWithTheSameCodes(t *testing.T) {
	var rows []sheet.Row
	{
		lines := []string{center + police + "|0|综合"}
		for n := 1; n < 2500; n++ {
			lines = append(lines, fmt.Sprintf("%s%s|%d|综合|W%d|人%d", same, police, n, n, n))
		}
		rows = table(lines...)
	}
	whole := newHouse()
	whole.imports(t, rows)
	for failAt := 1; failAt <= 5; failAt++ {
		h := newHouse()
		h.failAt, h.err = failAt, errors.New("the power is gone")
		var done, of int
		err := h.Apply(context.Background(), h.plan(t, rows), func(d, o int) { done, of = d, o })
		if !errors.Is(err, h.err) || done >= of || of != 1+2500+2499 {
			t.Fatalf("cut at %d: got %v, %d of %d", failAt, err, done, of)
		}
		if got := h.imports(t, rows).Same.Total(); got != done {
			t.Errorf("cut at %d: %d are there, %d were told", failAt, got, done)
		}
		for _, w := range whole.windows {
			if got, _ := h.directory.Window(w.Code); got != w {
				t.Fatalf("cut at %d: window %s is %+v, want %+v", failAt, w.Code, got, w)
			}
		}
	}
}

func TestAnotherImportAtTheSameTimeIsSaidSo(t *testing.T) {
	h := newHouse()
	rows := table(center)
	p := h.plan(t, rows)
	h.imports(t, rows)
	if err := h.Apply(context.Background(), p, func(int, int) {}); err == nil || !strings.Contains(err.Error(), "再导入一次") {
		t.Errorf("got %v", err)
	}
	p = h.plan(t, table("|"))
	if err := h.Apply(context.Background(), p, func(int, int) {}); err == nil || !strings.Contains(err.Error(), "1 处错误") {
		t.Errorf("a plan with faults: got %v", err)
	}
}

// Whatever lists come one after another: what a list says is stored, saying it again changes nothing, and a code once
// given means the same hall and window for ever.
func TestCodesStayWhatTheyAre(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		h := newHouse()
		given := map[string]string{}
		for range rapid.IntRange(1, 4).Draw(t, "lists") {
			var lines []string
			for _, hall := range rapid.SliceOfNDistinct(rapid.IntRange(1, 4), 1, 4, rapid.ID[int]).Draw(t, "halls") {
				lines = append(lines, fmt.Sprintf("广州市|市直|%d 厅|路 %d|12345|全天", hall, rapid.IntRange(1, 2).Draw(t, "address")))
				for _, window := range rapid.SliceOfNDistinct(rapid.IntRange(1, 4), 0, 4, rapid.ID[int]).Draw(t, "windows") {
					lines = append(lines, fmt.Sprintf("%s|局||%d|%s", same, window, rapid.SampledFrom([]string{"综合", "税务"}).Draw(t, "name")))
				}
			}
			rows := table(lines...)
			p := h.plan(t, rows)
			if len(p.Faults) > 0 {
				t.Fatalf("%v", p.Faults)
			}
			if err := h.Apply(context.Background(), p, func(int, int) {}); err != nil {
				t.Fatal(err)
			}
			again := h.plan(t, rows)
			if again.New.Total()+again.Changed.Total() > 0 || again.Same.Total() != len(lines) {
				t.Fatalf("the same list again: %+v", again)
			}
			for _, hall := range h.directory.Halls() {
				remember(t, given, hall.Code, hall.Name)
				for _, window := range h.directory.WindowsOf(hall.Code) {
					remember(t, given, window.Code, hall.Name+"#"+window.Number)
				}
			}
		}
	})
}

func remember(t *rapid.T, given map[string]string, code, meaning string) {
	t.Helper()
	if was, known := given[code]; known && was != meaning {
		t.Fatalf("%s was %s and is %s", code, was, meaning)
	}
	given[code] = meaning
}
