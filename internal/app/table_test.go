package app

import (
	"strings"
	"testing"
)

func TestTablesStandInLineInChinese(t *testing.T) {
	var out strings.Builder
	err := printTable(&out, []string{"编码", "部门", "已办件数"}, [][]string{{"1", "天河区公安分局", "12"}, {"440106", "A局", "3"}})
	want := "编码    部门            已办件数\n" +
		"1       天河区公安分局  12\n" +
		"440106  A局             3\n"
	if err != nil || out.String() != want {
		t.Errorf("got %v\n%s\nwant\n%s", err, &out, want)
	}
}
