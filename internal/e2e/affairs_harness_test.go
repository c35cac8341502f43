package e2e

import (
	"bytes"
	"cmp"
	"encoding/csv"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/haochaping/haochaping/client"
	"github.com/xuri/excelize/v2"
)

// affairTitles are the titles of a list of completed affairs, in the order of affairCells.
var affairTitles = []string{
	"办件编号", "实施清单编码", "事项名称", "部门编码", "部门名称", "区划编码", "大厅编码", "窗口编码", "工号", "受理人", "办理结果", "申请人类型", "证件类型",
	"受理时间", "办结时间", "用户标识", "申请人姓名", "手机号码", "证件号码",
}

func affairCells(a *client.CompletedAffair) []string {
	number := func(n *int) string {
		if n == nil {
			return ""
		}
		return strconv.Itoa(*n)
	}
	return []string{
		a.AffairSerialNo, a.AffairCode, a.AffairName, a.DepartmentCode, a.DepartmentName, a.RegionCode, a.HallCode, a.WindowCode, a.WorkNo,
		a.AffairDealOfficer, a.AffairResult, number(a.UserType), number(a.CertificateType), a.AffairApplyTime, a.AffairDoneTime,
		a.UserID, a.UserName, a.ContactPhone, a.CertificateNo,
	}
}

// affairList is a table with its titles.
func affairList(affairs []client.CompletedAffair) [][]string {
	table := [][]string{affairTitles}
	for i := range affairs {
		table = append(table, affairCells(&affairs[i]))
	}
	return table
}

func csvOf(t *testing.T, table [][]string) string {
	t.Helper()
	var b bytes.Buffer
	if err := csv.NewWriter(&b).WriteAll(table); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// readList reads a csv that the program wrote, without its mark.
func readList(t *testing.T, file string) [][]string {
	t.Helper()
	text, marked := strings.CutPrefix(string(read(t, file)), "\ufeff")
	table, err := csv.NewReader(strings.NewReader(text)).ReadAll()
	if err != nil || !marked {
		t.Fatalf("%s: %v, marked as UTF-8: %v", file, err, marked)
	}
	return table
}

// workbookOf writes a table as a workbook, its times as a spreadsheet program's own.
func workbookOf(t *testing.T, table [][]string) string {
	t.Helper()
	book := excelize.NewFile()
	defer book.Close() //nolint:errcheck // it was saved
	for n, row := range table {
		for i, cell := range row {
			var value any = cell
			if at, err := time.Parse("20060102150405", cell); err == nil && n > 0 && strings.HasSuffix(table[0][i], "时间") {
				value = at
			}
			name, err := excelize.CoordinatesToCellName(i+1, n+1)
			if err != nil {
				t.Fatal(err)
			}
			if err := book.SetCellValue("Sheet1", name, value); err != nil {
				t.Fatal(err)
			}
		}
	}
	file := filepath.Join(t.TempDir(), "list.xlsx")
	if err := book.SaveAs(file); err != nil {
		t.Fatal(err)
	}
	return file
}

// listFile keeps a list.
func listFile(t *testing.T, content string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "list.csv")
	if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// someAffairs are completed affairs of all kinds: in halls and not, with an officer and not, at the edges of days and months.
func someAffairs(n int) []client.CompletedAffair {
	random := rand.New(rand.NewPCG(7, uint64(n))) //nolint:gosec // made up
	affairs := make([]client.CompletedAffair, n)
	person, certificate := 0, 10
	for i := range affairs {
		a := &affairs[i]
		a.AffairSerialNo = fmt.Sprintf("BJ-%d-%05d", n, i)
		item := random.IntN(6)
		a.AffairCode, a.AffairName = fmt.Sprintf("1144010000748253%dC3000109001000", item), fmt.Sprintf("事项%d", item)
		department := random.IntN(4)
		city := []string{"440100000000", "440300000000", "440103000000", "441900000000"}[department]
		a.DepartmentCode, a.DepartmentName, a.RegionCode = fmt.Sprintf("D%d", department), fmt.Sprintf("部门%d", department), city
		if random.IntN(3) > 0 {
			a.HallCode = city[:9] + "001"
			a.WindowCode = a.HallCode + fmt.Sprintf("%04d", 1+random.IntN(2))
			a.WorkNo = fmt.Sprintf("W%d", random.IntN(3))
		}
		a.AffairDealOfficer, a.AffairResult = "陈志强", "办结"
		done := time.Date(2026, 1, 1, 0, 0, 0, 0, shanghai).Add(time.Duration(random.IntN(90*24*60)) * time.Minute)
		if random.IntN(5) == 0 {
			done = time.Date(2026, 1+time.Month(random.IntN(3)), 1, 0, 0, 0, 0, shanghai).Add(-time.Second * time.Duration(random.IntN(2)))
		}
		a.AffairApplyTime, a.AffairDoneTime = at(done.Add(-time.Hour)), at(done)
		a.UserID, a.UserName, a.ContactPhone = fmt.Sprintf("u%05d", i), "张三", "13800138000"
		a.UserType, a.CertificateType, a.CertificateNo = &person, &certificate, fmt.Sprintf("440100199001%06d", i)
	}
	return affairs
}

// sendAffairs sends affairs through the interface; each must be taken.
func (s *server) sendAffairs(t *testing.T, a app, affairs []client.CompletedAffair) map[string]int {
	t.Helper()
	states := map[string]int{}
	for chunk := range slices.Chunk(affairs, client.MaxAffairs) {
		receipt, err := s.client(a).SubmitAffairs(t.Context(), client.CompletedAffairs{AppCode: a.Code, Affairs: chunk})
		if err != nil || receipt.Rejected > 0 {
			t.Fatalf("%v, %+v", err, receipt)
		}
		for _, r := range receipt.Results {
			states[r.State]++
		}
	}
	return states
}

// reviewOf is a review of an affair by somebody.
func reviewOf(a app, c *client.CompletedAffair, person string, stars int) client.AffairEval {
	return client.AffairEval{
		AppCode: a.Code, EvalEntityCode: client.EgovAffair,
		Department: client.Department{DepartmentCode: cmp.Or(c.DepartmentCode, "D0"), DepartmentName: cmp.Or(c.DepartmentName, "部门0")},
		Affair: client.Affair{
			AffairSerialNo: c.AffairSerialNo, AffairCode: c.AffairCode, AffairName: cmp.Or(c.AffairName, "事项"), AffairDealOfficer: "陈志强",
			AffairApplyTime: c.AffairDoneTime, AffairDoneTime: c.AffairDoneTime,
		},
		User: client.User{
			UserID: person, UserName: "张三", ContactPhone: "13800138000", PassportName: "zhangsan", CertificateType: 10, CertificateNo: "440100199001011234",
		},
		TagList: client.TagList{}, GeneralStars: stars, EvalTime: "20260401093000",
	}
}
