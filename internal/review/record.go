package review

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/haochaping/haochaping/internal/beijing"
	"github.com/haochaping/haochaping/internal/moderation"
	"github.com/haochaping/haochaping/internal/privacy"
)

// Record is a review as the store keeps it: sealed, keyed and placed. It holds no personal data in the clear.
type Record struct {
	Facts
	Serial   string
	Slot     int
	Identity privacy.Digest
	OnceKey  privacy.Digest
	// PersonIndex and CertificateIndex find a person's reviews again; zero when there is no person.
	PersonIndex      privacy.Digest
	CertificateIndex privacy.Digest
	// ReceiptKey finds the review by its receipt code; zero when it has none.
	ReceiptKey privacy.Digest
	// Device and Address are keyed hashes of Origin, of the day alone; zero where it is not known.
	Device, Address privacy.Digest
	Sealed          []byte // Personal, for the context Serial
	// Region is where the review counts, 12 digits.
	Region     string
	Day        int // of EvalTime, yyyymmdd
	Flags      Flag
	ReceivedAt time.Time
	// Filled is what was filled in from the affair, OwnRegion where the review would count without it when it counts
	// elsewhere; see Complete.
	Filled    Filled
	OwnRegion string
	// Publication is what the public sees of what was said: decided before anything is stored.
	Publication moderation.Publication
}

// Record seals, keys and places r: what the store keeps of it.
func (s *Service) Record(r *Review) (Record, error) {
	if r.Stars < 1 || r.Stars > 5 || max(r.AcceptStars, r.DealStars) > 5 {
		return Record{}, errors.New("stars out of range") // the edges judge; figures could not count it
	}
	once := onceKey(s.blinder, r)
	slot := slotOf(once)
	record := Record{
		Facts:      r.Facts,
		Serial:     s.serials.Next(slot),
		Slot:       slot,
		Identity:   identity(s.blinder, r),
		OnceKey:    once,
		Region:     s.places.Place(&r.Facts),
		Day:        beijing.Day(r.EvalTime),
		Flags:      r.Flags(),
		ReceivedAt: s.now(),
	}
	record.Facts.Settle(s.places.Registry.Successions()) // identity and once-only key are of what was sent
	if person := r.Person(); person != "" {
		record.PersonIndex = PersonIndex(s.blinder, person)
	}
	if r.CertificateNo != "" {
		record.CertificateIndex = CertificateIndex(s.blinder, r.CertificateNo)
	}
	if r.Origin.Device != "" {
		record.Device = s.blinder.Digest("device", strconv.Itoa(record.Day), r.Origin.Device)
	}
	if r.Origin.Address != "" {
		record.Address = s.blinder.Digest("address", strconv.Itoa(record.Day), r.Origin.Address)
	}
	if r.WantsReceipt {
		record.ReceiptKey = receiptKey(s.blinder, receiptCode(s.blinder, record.Serial))
	}
	record.Sealed = s.sealer.Seal(r.appendJSON(make([]byte, 0, usualPersonal)), record.Serial)
	if s.policy != nil {
		record.Publication = s.policy.Judge(r.Said(), r.persons())
	}
	return record, nil
}

// PersonIndex is the blind index by which all reviews of one person are found.
func PersonIndex(b *privacy.Blinder, person string) privacy.Digest {
	return b.Digest("person", person)
}

// CertificateIndex is the blind index of a certificate's number.
func CertificateIndex(b *privacy.Blinder, number string) privacy.Digest {
	return b.Digest("certificate", number)
}

// Said opens what was said in a sealed review and what it tells of its persons: for moderation, which sees nothing else of it.
func (s *Service) Said(sealed []byte, serial string) (said string, persons *moderation.Persons, err error) {
	return Tracer{s.sealer}.Said(sealed, serial)
}

// Tracer opens what moderation and integrity look at of sealed reviews, and keeps nothing of.
type Tracer struct{ Sealer *privacy.Sealer }

// Said is Service.Said.
func (t Tracer) Said(sealed []byte, serial string) (said string, persons *moderation.Persons, err error) {
	personal, err := Unseal(t.Sealer, sealed, serial)
	if err != nil {
		return "", nil, err
	}
	return personal.Said(), personal.persons(), nil
}

// Traces opens what was said in a sealed review, and the telephone number that was told.
func (t Tracer) Traces(sealed []byte, serial string) (said, telephone string, err error) {
	personal, err := Unseal(t.Sealer, sealed, serial)
	if err != nil {
		return "", "", err
	}
	return personal.Said(), personal.ContactPhone, nil
}

// unseal opens the personal fields of a stored record.
func (s *Service) unseal(sealed []byte, serial string) (Personal, error) {
	return Unseal(s.sealer, sealed, serial)
}

// opened opens the personal fields of a review for a list. One that does not open, for its key is gone or it was changed, must not take
// the others away: false says so, and it has no personal fields then.
func (s *Service) opened(l *Listed) (personal Personal, ok bool, err error) {
	personal, err = s.unseal(l.Sealed, l.Serial)
	if errors.Is(err, privacy.ErrForged) {
		s.unopened(err)
		return Personal{}, false, nil
	}
	return personal, err == nil, err
}

// Unseal opens the personal fields of a review; there are none once they are erased.
func Unseal(sealer *privacy.Sealer, sealed []byte, serial string) (Personal, error) {
	if len(sealed) == 0 {
		return Personal{}, nil
	}
	plain, err := sealer.Open(sealed, serial)
	if err != nil {
		return Personal{}, fmt.Errorf("open review %s: %w", serial, err)
	}
	var personal Personal
	if err := json.Unmarshal(plain, &personal); err != nil {
		return Personal{}, fmt.Errorf("read sealed fields of review %s: %w", serial, err)
	}
	return personal, nil
}
