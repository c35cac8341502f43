package integrity

import "math"

// How likely it is by chance to see so much or more, as powers of ten: 6 is one in a million. All stop at never.
const never = 30.0

// tail gives -log10 of the sum of exp(term(k)) for k from the first on, which must fall.
func tail(first, last int, term func(k int) float64) float64 {
	top := term(first)
	sum := 0.0
	for k := first; k <= last; k++ {
		part := math.Exp(term(k) - top)
		sum += part
		if part < 1e-9*sum && k > first {
			break
		}
	}
	return min(never, max(0, -(top+math.Log(sum))/math.Ln10))
}

// manyOf is for n or more where mean are expected and the variance is as given: the negative binomial distribution, or Poisson's
// where the variance is no more than the mean.
func manyOf(n int, mean, variance float64) float64 {
	if float64(n) <= mean || n == 0 {
		return 0
	}
	if variance <= mean*1.0001 {
		return tail(n, n+10_000, func(k int) float64 { return float64(k)*math.Log(mean) - mean - logFactorial(k) })
	}
	r := mean * mean / (variance - mean)
	p := mean / variance // of a failure
	return tail(n, n+10_000, func(k int) float64 {
		a, _ := math.Lgamma(float64(k) + r)
		b, _ := math.Lgamma(r)
		return a - b - logFactorial(k) + r*math.Log(p) + float64(k)*math.Log1p(-p)
	})
}

// manyAmong is for k or more of n where each is one with the given share.
func manyAmong(k, n int, share float64) float64 {
	if float64(k) <= share*float64(n) || k == 0 {
		return 0
	}
	share = min(share, 0.999)
	return tail(k, n, func(i int) float64 {
		return logFactorial(n) - logFactorial(i) - logFactorial(n-i) + float64(i)*math.Log(share) + float64(n-i)*math.Log1p(-share)
	})
}

func logFactorial(n int) float64 {
	l, _ := math.Lgamma(float64(n) + 1)
	return l
}

// wider is a share for places that differ from one another: its odds times a factor.
func wider(share, odds float64) float64 { return share * odds / (1 + share*(odds-1)) }

// strengthOf is a finding's strength by a power of ten.
func strengthOf(power float64) int { return min(100, max(1, int(math.Round(power*10)))) }
