package integrity

import (
	"context"
	"fmt"
	"strings"

	"github.com/haochaping/haochaping/internal/fault"
)

// Limits of a roster.
const (
	MostOfficers  = 2000
	maxRosterLine = 200 // bytes
	shownFaults   = 10
)

// RosterFields are the columns of a roster, separated by commas or tabs; a number that is not told is empty.
const RosterFields = "大厅编码,工号,身份证号,手机号"

// Known says whether a hall has an officer, and whether the person may tell his numbers.
type Known func(hall, workNo string) (there, may bool)

// Register keeps the marks of officers' certificate and telephone numbers, so that their own reviews are found: the numbers themselves are kept nowhere. Each
// line replaces what was told about the officer before; a line without numbers forgets him.
func (s *Service) Register(ctx context.Context, roster string, known Known) (officers int, err error) {
	var all []OfficerMarks
	var violations []fault.Violation
	wrong := func(line int, reason string) {
		if len(violations) < shownFaults {
			violations = append(violations, fault.Violation{Field: "roster", Reason: fmt.Sprintf("第%d行%s", line, reason)})
		}
	}
	seen := map[[2]string]bool{}
	for n, text := range strings.Split(strings.TrimPrefix(roster, "\ufeff"), "\n") {
		line := n + 1
		text = strings.TrimSpace(strings.NewReplacer("\t", ",", "，", ",").Replace(text))
		if text == "" || n == 0 && strings.HasPrefix(text, "大厅编码") {
			continue
		}
		if len(all) == MostOfficers {
			wrong(line, fmt.Sprintf("起超过了一次%d人的上限，请分次提交", MostOfficers))
			break
		}
		fields := strings.Split(text, ",")
		if len(text) > maxRosterLine || len(fields) < 2 || len(fields) > 4 {
			wrong(line, "不是四列："+RosterFields)
			continue
		}
		for i := range fields {
			fields[i] = strings.TrimSpace(fields[i])
		}
		key := [2]string{fields[0], fields[1]}
		switch there, may := known(fields[0], fields[1]); {
		case !there || !may:
			wrong(line, "的大厅或工号不存在，或不在您的管辖范围内")
			continue
		case seen[key]:
			wrong(line, "的工作人员与前面重复")
			continue
		}
		seen[key] = true
		officer := OfficerMarks{Hall: fields[0], WorkNo: fields[1]}
		if len(fields) > 2 && fields[2] != "" {
			number := strings.ToUpper(fields[2])
			if !plausible(number, 15, 18) {
				wrong(line, "的身份证号应为15位或18位")
				continue
			}
			officer.Marks = append(officer.Marks, s.certificate(number))
		}
		if len(fields) > 3 && fields[3] != "" {
			if !plausible(fields[3], 11, 11) {
				wrong(line, "的手机号应为11位数字")
				continue
			}
			officer.Marks = append(officer.Marks, s.telephone(fields[3]))
		}
		all = append(all, officer)
	}
	if len(violations) == 0 && len(all) == 0 {
		violations = append(violations, fault.Violation{Field: "roster", Reason: "请填写至少一行"})
	}
	if len(violations) > 0 {
		return 0, fault.NewInvalid(violations...)
	}
	return len(all), s.Store.SetOfficerMarks(ctx, all)
}

// plausible says whether it is digits of that length, an X at the end of a certificate's allowed.
func plausible(number string, short, long int) bool {
	if len(number) != short && len(number) != long {
		return false
	}
	for i, r := range number {
		if (r < '0' || r > '9') && (r != 'X' || i != 17) {
			return false
		}
	}
	return true
}

// Registered says how many officers of each hall have marks.
func (s *Service) Registered(ctx context.Context) (map[string]int, error) {
	return s.Store.CountOfficerMarks(ctx)
}
