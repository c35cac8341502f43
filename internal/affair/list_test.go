package affair

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// A list that was sent is read as one in a file is, and what a tally tells of it holds no cell.
func TestAListThatWasSentIsRead(t *testing.T) {
	l, err := ReadList("六月.csv", []byte("办件编号,实施清单编码,办结时间,申请人姓名,心情,未收编号\nS1,I1,2026-06-10 09:00:00,张三丰,好,\nS2,4.4E+17,,李四光,好,K2\n"))
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close() //nolint:errcheck // it was only read
	if diff := cmp.Diff([]string{"心情"}, l.Ignored); diff != "" {
		t.Error(diff)
	}
	if lacks := strings.Join(l.Lacking(), "、"); !strings.HasPrefix(lacks, "事项名称、部门编码、部门名称、区划编码、") || strings.Contains(lacks, "申请人姓名") {
		t.Errorf("it lacks %s", lacks)
	}
	tally := NewTally()
	for batch, err := range l.Batches("hand") {
		if err != nil {
			t.Fatal(err)
		}
		verdicts := make([]Verdict, len(batch.Rows))
		for i, row := range batch.Rows {
			verdicts[i].State = New
			if len(row.Violations) > 0 {
				verdicts[i] = Verdict{Rejected, row.Violations}
			}
		}
		if batch.Source != "hand" || batch.Rows[1].Corrects != "K2" || batch.Rows[0].Where != "六月.csv 第 2 行" {
			t.Errorf("got %+v", batch)
		}
		tally.Add(l, &batch, verdicts)
	}
	if tally.Rows != 2 || tally.Count[New] != 1 || tally.Count[Rejected] != 1 || len(tally.First) != 1 {
		t.Errorf("got %+v", tally)
	}
	if told := strings.Join(tally.First, ""); strings.Contains(told, "李四光") || !strings.Contains(told, "第 3 行") || !strings.Contains(told, "C 列（办结时间）不能为空") {
		t.Errorf("it tells %s", told)
	}
}

func TestWhatIsNoListIsRefused(t *testing.T) {
	for name, text := range map[string]string{
		"empty": "", "other columns": "甲,乙\n1,2\n", "no text": "\xff\xfe\x00", "a broken workbook": "PK\x03\x04nonsense", "an old workbook": "\xd0\xcf\x11\xe0",
	} {
		if l, err := ReadList("a.csv", []byte(text)); err == nil {
			t.Errorf("%s: got %+v", name, l.columns)
			_ = l.Close()
		}
	}
}

// TestTitlesBelowAHeadingAreFound: who sees them does not see what is missing.
func TestTitlesBelowAHeadingAreFound(t *testing.T) {
	titles := "办件编号,实施清单编码,办结时间\n"
	for name, text := range map[string]string{"a heading": "2026年11月办结清单,,\n" + titles, "one cell": "2026年11月办结清单\n" + titles} {
		_, err := ReadList("a.csv", []byte(text+"S1,CODE,20261101120000\n"))
		if err == nil || !strings.Contains(err.Error(), "缺少必填的列") || !strings.Contains(err.Error(), "列名在第 2 行：请删去它上面的各行") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := ReadList("a.csv", []byte("办件编号,办结时间\nS1,20261101120000\n")); err == nil || strings.Contains(err.Error(), "列名在第") {
		t.Errorf("a column that is missing: %v", err)
	}
}

func TestCellsAreMasked(t *testing.T) {
	for _, c := range []struct{ title, cell, want string }{
		{"办件编号", "S1234567890", "S1234567890"},
		{"事项名称", strings.Repeat("长", 61), strings.Repeat("长", 60) + "…"},
		{"申请人姓名", "张三丰", "张*"},
		{"userName", "张三丰", "张*"},
		{"受理人", "李四光", "李*"},
		{"手机号码", "13800138000", "138****8000"},
		{"证件号码", "440100199001011234", "4401****1234"},
		{"用户标识", "u-1234567890", "u-12****7890"},
		{"一列自己的", "13800138000", "1380****8000"},
		{"一列自己的", "张三丰", "****"},
		{"申请人姓名", "", ""},
	} {
		if got := MaskCell(c.title, c.cell); got != c.want {
			t.Errorf("%s %s: got %s, want %s", c.title, c.cell, got, c.want)
		}
	}
}
