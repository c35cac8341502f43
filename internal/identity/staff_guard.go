package identity

import (
	"fmt"
	"net/netip"
	"time"

	"github.com/haochaping/haochaping/internal/fault"
	"github.com/haochaping/haochaping/internal/privacy"
)

// Who guesses passwords waits longer and longer, at most a quarter of an hour. Guards count by login and address together, by
// address, and by login alone; the last one does not count against addresses that the login was used from in the last 30 days,
// so that nobody keeps others out by guessing from elsewhere.
const (
	firstDelay  = 30 * time.Second
	mostDelay   = 15 * time.Minute
	forgetAfter = time.Hour // without a failure
	knownFor    = 30 * 24 * time.Hour
)

// How many failures are free under each guard. A hall's people share an address.
const (
	freeOfPair    = 4
	freeOfLogin   = 9
	freeOfAddress = 29
	freeOfSecond  = 4
)

// Guard counts failures under a key.
type Guard struct {
	Key  privacy.Digest
	Free int
	// Forgets says that one success sets it to nothing.
	Forgets bool
}

// Wait is how long after its last failure a guard with so many failures still has to wait.
func (g Guard) Wait(failures int, last, now time.Time) time.Duration {
	if Forgotten(last, now) || failures <= g.Free {
		return 0
	}
	delay := mostDelay
	if n := failures - g.Free - 1; n < 5 { // 30 s, 1, 2, 4 and 8 minutes
		delay = firstDelay << n
	}
	return max(0, last.Add(delay).Sub(now))
}

// Forgotten says whether failures count no longer.
func Forgotten(last, now time.Time) bool { return now.Sub(last) >= forgetAfter }

// Network is what an address is counted by: itself, or the 64 bits of IPv6 that one customer has. What is no address stays as it is.
func Network(address string) string {
	ip, err := netip.ParseAddr(address)
	if err != nil {
		return address
	}
	if ip = ip.Unmap(); ip.Is4() {
		return ip.String()
	}
	prefix, err := ip.WithZone("").Prefix(64)
	if err != nil {
		return address
	}
	return prefix.String()
}

func (s *StaffService) knownKey(login, address string) privacy.Digest {
	return s.blinder.Digest("attempt known", login, Network(address))
}

// guards are what a login attempt counts under.
func (s *StaffService) guards(login, address string, known bool) []Guard {
	guards := []Guard{
		{s.blinder.Digest("attempt pair", login, Network(address)), freeOfPair, true},
		{s.blinder.Digest("attempt address", Network(address)), freeOfAddress, false},
	}
	if !known {
		guards = append(guards, Guard{s.blinder.Digest("attempt login", login), freeOfLogin, true})
	}
	return guards
}

// tooMany asks to wait.
func tooMany(wait time.Duration) error {
	words := fmt.Sprintf("%d秒", max(1, int(wait.Round(time.Second).Seconds())))
	if wait > 90*time.Second {
		words = fmt.Sprintf("%d分钟", int((wait+time.Minute-1)/time.Minute))
	}
	return fault.NewTooMany("尝试的次数太多了，请"+words+"后再试。忘记密码时，请联系管理员重置", wait)
}
