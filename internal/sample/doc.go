// Package sample makes realistic reviews: the names, codes, numbers and proportions of Guangdong's government service,
// none of them a real person's. Review i of a generator is a pure function of the seed, i and its time, so a load
// generator keeps an index instead of a review; and every review is unique under the once-only rules (contract.md 6),
// within a generator and between generators of different seeds.
package sample
