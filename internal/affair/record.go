package affair

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"hash/crc32"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/haochaping/haochaping/internal/beijing"
	"github.com/haochaping/haochaping/internal/fault"
	"github.com/haochaping/haochaping/internal/org"
	"github.com/haochaping/haochaping/internal/privacy"
	"github.com/haochaping/haochaping/internal/review"
)

// SlotOf is the slot of an affair, a fact of its serial number for ever.
func SlotOf(serialNo string) int {
	return int(crc32.ChecksumIEEE([]byte(serialNo)) % review.Slots)
}

// Record is an affair as the store keeps it: sealed, keyed and placed. Its Personal is empty.
type Record struct {
	Affair
	Slot   int
	Source string
	Region string // where it counts, 12 digits
	Day    int    // of DoneTime, yyyymmdd
	// Content is equal for two of one serial number exactly when nothing of them differs.
	Content privacy.Digest
	// CertificateIndex finds a citizen's affairs; zero when no certificate was told.
	CertificateIndex privacy.Digest
	Sealed           []byte // Personal, for the context of SealedContext
}

// Refusal is a rejected row as the store keeps it.
type Refusal struct {
	Key      string
	SerialNo string
	Sealed   []byte
}

// ahead is how far in the future a done time may lie (contract.md 4).
const ahead = 5 * time.Minute

// judge completes a row's violations by what only the service knows.
func (s *Service) judge(row *Row) []fault.Violation {
	violations := row.Violations
	if row.DoneTime.After(s.now().Add(ahead)) {
		violations = append(slices.Clip(violations), fault.Violation{Field: "affairDoneTime", Reason: "不能晚于现在"})
	}
	return violations
}

// record seals, keys and places an affair.
func (s *Service) record(a *Affair, source string) (Record, error) {
	r := Record{
		Affair: *a, Slot: SlotOf(a.SerialNo), Source: source, Day: beijing.Day(a.DoneTime), Content: s.content(a),
		Region: s.places.Place(&review.Facts{
			RegionCode: a.RegionCode, DepartmentCode: a.DepartmentCode, ItemCode: a.ItemCode,
		}),
	}
	successions := s.places.Registry.Successions() // Content is of what was told
	r.DepartmentCode = successions.Code(org.OfDepartment, r.DepartmentCode)
	r.HallCode = successions.Code(org.OfHall, r.HallCode)
	r.ItemCode = successions.Code(org.OfItem, r.ItemCode)
	if a.CertificateNo != "" {
		r.CertificateIndex = CertificateIndex(s.blinder, a.CertificateNo)
	}
	if a.Personal != (Personal{}) {
		plain, err := json.Marshal(a.Personal)
		if err != nil {
			return Record{}, fmt.Errorf("encode personal fields: %w", err)
		}
		r.Sealed = s.sealer.Seal(plain, SealedContext(a.SerialNo))
	}
	r.Personal = Personal{}
	return r, nil
}

func (s *Service) content(a *Affair) privacy.Digest {
	return s.blinder.Digest("affair", a.SerialNo, a.ItemCode, a.ItemName, a.DepartmentCode, a.DepartmentName, a.RegionCode,
		a.HallCode, a.WindowCode, a.WorkNo, a.AppCode, a.Result, formatNumber(a.UserType), formatNumber(a.CertificateType),
		micros(a.ApplyTime), micros(a.DoneTime), a.UserID, a.UserName, a.ContactPhone, a.CertificateNo, a.OfficerName)
}

func micros(at time.Time) string {
	if at.IsZero() {
		return ""
	}
	return strconv.FormatInt(at.UnixMicro(), 36)
}

// SealedContext is what the personal fields of an affair are sealed for.
func SealedContext(serialNo string) string { return "affair:" + serialNo }

// CertificateIndex is the blind index by which a citizen's affairs are found; the last sign of a number may be x or X.
func CertificateIndex(b *privacy.Blinder, certificateNo string) privacy.Digest {
	return b.Digest("affair certificate", strings.ToUpper(strings.TrimSpace(certificateNo)))
}

// rejectedText is what is sealed of a rejected row.
type rejectedText struct {
	Where      string            `json:"w,omitempty"`
	Violations []fault.Violation `json:"v"`
	Columns    []string          `json:"t"`
	Cells      []string          `json:"c"`
}

// refusal seals a rejected row. Its key is its serial number, or where it has none it stands for its cells.
func (s *Service) refusal(b *Batch, row *Row, violations []fault.Violation) (Refusal, error) {
	refusal := Refusal{Key: row.SerialNo, SerialNo: row.SerialNo}
	if refusal.Key == "" {
		digest := s.blinder.Digest("rejected", append([]string{b.Source}, row.Cells...)...)
		refusal.Key = "#" + hex.EncodeToString(digest[:])
	}
	text := rejectedText{Where: row.Where, Violations: violations, Columns: b.Columns, Cells: make([]string, len(row.Cells))}
	for i, cell := range row.Cells {
		text.Cells[i] = clip(cell)
	}
	plain, err := json.Marshal(text)
	if err != nil {
		return Refusal{}, fmt.Errorf("encode rejected row: %w", err)
	}
	refusal.Sealed = s.sealer.Seal(plain, RejectedContext(b.Source, refusal.Key))
	return refusal, nil
}

// mostOfCell bounds what is kept of a cell of a rejected row, in bytes.
const mostOfCell = 2000

func clip(cell string) string {
	if len(cell) <= mostOfCell {
		return cell
	}
	return strings.ToValidUTF8(cell[:mostOfCell], "") + "…"
}

// RejectedContext is what a rejected row is sealed for.
func RejectedContext(source, key string) string { return "rejected:" + source + ":" + key }

// Unseal opens the personal fields of an affair; there are none where none were told, or they were erased.
func Unseal(sealer *privacy.Sealer, sealed []byte, serialNo string) (p Personal, err error) {
	if len(sealed) == 0 {
		return p, nil
	}
	plain, err := sealer.Open(sealed, SealedContext(serialNo))
	if err == nil {
		err = json.Unmarshal(plain, &p)
	}
	if err != nil {
		return p, fmt.Errorf("open affair %s: %w", serialNo, err)
	}
	return p, nil
}

// RejectedCells opens the cells of a rejected row.
func RejectedCells(sealer *privacy.Sealer, sealed []byte, source, key string) ([]string, error) {
	text, err := openRejected(sealer, sealed, source, key)
	return text.Cells, err
}

func openRejected(sealer *privacy.Sealer, sealed []byte, source, key string) (text rejectedText, err error) {
	plain, err := sealer.Open(sealed, RejectedContext(source, key))
	if err != nil {
		return text, fmt.Errorf("open rejected row %s: %w", key, err)
	}
	if err := json.Unmarshal(plain, &text); err != nil {
		return text, fmt.Errorf("read rejected row %s: %w", key, err)
	}
	return text, nil
}
