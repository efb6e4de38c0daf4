//! The words that synthetic people are composed of. Each list is a text file beside this one, one entry a line, commas between
//! its parts. Nobody in them is a real person.

/// A word in Persian and in Latin script.
pub(crate) type Pair = (&'static str, &'static str);

/// A city of the country.
#[derive(Debug, Clone, Copy)]
pub(crate) struct City {
    pub(crate) name: &'static str,
    pub(crate) province: &'static str,
    /// The first two digits of its postal codes.
    pub(crate) postal_prefix: &'static str,
}

/// A city abroad, and the mobile numbers that are valid there.
#[derive(Debug, Clone, Copy)]
pub(crate) struct CityAbroad {
    /// ISO 3166-1 alpha-2.
    pub(crate) country: &'static str,
    pub(crate) region: &'static str,
    pub(crate) name: &'static str,
    pub(crate) postal_code: &'static str,
    /// Country code and the first digits, without `+`.
    pub(crate) mobile_prefix: &'static str,
    /// The first subscriber number after the prefix.
    pub(crate) mobile_from: u64,
    /// The end of the subscriber numbers, exclusive. All are padded to the length of the last one.
    pub(crate) mobile_until: u64,
}

impl CityAbroad {
    /// The number of a subscriber, in E.164.
    pub(crate) fn mobile(&self, subscriber: u64) -> String {
        let width = (self.mobile_until.saturating_sub(1)).to_string().len();
        format!("+{}{subscriber:0width$}", self.mobile_prefix)
    }
}

/// All lists.
#[derive(Debug, Clone)]
pub(crate) struct Words {
    pub(crate) male: Vec<Pair>,
    pub(crate) female: Vec<Pair>,
    pub(crate) family: Vec<Pair>,
    /// First parts of composed family names.
    pub(crate) stems: Vec<Pair>,
    /// Second parts of composed family names.
    pub(crate) endings: Vec<Pair>,
    pub(crate) cities: Vec<City>,
    /// Cumulative weights of the cities, roughly in tens of thousands of inhabitants.
    pub(crate) city_weights: Vec<u64>,
    pub(crate) abroad: Vec<CityAbroad>,
    pub(crate) streets: Vec<&'static str>,
    pub(crate) alleys: Vec<&'static str>,
}

impl Words {
    /// Reads the lists that are built into the program.
    pub(crate) fn read() -> Self {
        let mut total = 0;
        let (cities, city_weights) = rows(include_str!("cities.txt"))
            .map(|[name, province, weight, postal_prefix]| {
                total += weight.parse::<u64>().unwrap_or(1);
                (City { name, province, postal_prefix }, total)
            })
            .unzip();
        Self {
            male: pairs(include_str!("male.txt")),
            female: pairs(include_str!("female.txt")),
            family: pairs(include_str!("family.txt")),
            stems: pairs(include_str!("stems.txt")),
            endings: pairs(include_str!("endings.txt")),
            cities,
            city_weights,
            abroad: rows(include_str!("abroad.txt")).filter_map(city_abroad).collect(),
            streets: include_str!("streets.txt").lines().collect(),
            alleys: include_str!("alleys.txt").lines().collect(),
        }
    }
}

fn pairs(list: &'static str) -> Vec<Pair> {
    rows(list).map(|[persian, latin]| (persian, latin)).collect()
}

fn city_abroad([country, region, name, mobile_prefix, from, until, postal_code]: [&'static str; 7]) -> Option<CityAbroad> {
    let (mobile_from, mobile_until) = (from.parse().ok()?, until.parse().ok()?);
    Some(CityAbroad { country, region, name, postal_code, mobile_prefix, mobile_from, mobile_until })
}

/// The lines of a list that have `N` parts; a test checks that all lines do.
fn rows<const N: usize>(list: &'static str) -> impl Iterator<Item = [&'static str; N]> {
    list.lines().filter_map(|line| line.split(',').collect::<Vec<_>>().try_into().ok())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::identity::mobile::MobileNumber;

    #[test]
    fn every_line_of_every_list_is_read() {
        let words = Words::read();
        for (read, list) in [
            (words.male.len(), include_str!("male.txt")),
            (words.female.len(), include_str!("female.txt")),
            (words.family.len(), include_str!("family.txt")),
            (words.stems.len(), include_str!("stems.txt")),
            (words.endings.len(), include_str!("endings.txt")),
            (words.cities.len(), include_str!("cities.txt")),
            (words.abroad.len(), include_str!("abroad.txt")),
        ] {
            assert_eq!(read, list.lines().count());
            assert!(list.lines().all(|line| !line.contains(['ي', 'ك', 'ى'])), "Arabic letters");
        }
        assert!(words.male.len() > 150 && words.female.len() > 150 && words.family.len() >= 200 && words.cities.len() > 60);
        assert!(words.city_weights.is_sorted_by(|a, b| a < b));
    }

    #[test]
    fn every_number_of_every_city_abroad_is_a_mobile_number() {
        for city in Words::read().abroad {
            let step = (city.mobile_until - city.mobile_from) / 199;
            for subscriber in (city.mobile_from..city.mobile_until).step_by(usize::try_from(step).expect("a step")) {
                let number = city.mobile(subscriber);
                assert_eq!(MobileNumber::parse(&number).expect("a mobile number").e164(), number, "{}", city.name);
            }
        }
    }
}
