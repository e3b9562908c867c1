//! Numbers of what somebody owns or carries: vehicles, telephones, devices.

use super::{super::checksum, labelled};
use crate::pii::{Detector, Shape, Tier};

use crate::pii::value;

/// ISO 3779: no I, O, Q; North America puts a sum modulo 11 in the ninth place.
fn vin(n: &[u8]) -> bool {
    n.iter().any(u8::is_ascii_alphabetic)
        && n.iter().filter(|b| b.is_ascii_digit()).count() >= 4
        && !n.iter().any(|b| b"IOQ".contains(b))
}

fn luhn(n: &[u8]) -> bool {
    checksum::luhn(n) && !checksum::all_same(n)
}

fn icc(n: &[u8]) -> bool {
    n.starts_with(b"89") && (n.len() == 20 || checksum::luhn(n))
}

/// The rows.
pub const ROWS: &[Detector] = &[
    Detector {
        entity: "VIN",
        tier: Tier::Checked,
        what: "vehicle identification number",
        shape: Shape::Masks(&[labelled("*****************")], vin),
        context: &[
            "vin",
            "chassis",
            "vehicle identification",
            "fahrgestellnummer",
            "fin",
            "numéro de châssis",
            "bastidor",
            "telaio",
            "chassi",
            "vin number",
            "vehicle",
            "车架号",
            "шасси",
        ],
        against: &[],
        examples: &["VIN [1HGBH41JXMN109186]", "Fahrgestellnummer: [WVWZZZ1JZXW000001]"],
        counter_examples: &["1HGBH41JXMN109186", "VIN 1HGBH41JXMN10918O"],
    },
    Detector {
        entity: "LICENSE_PLATE",
        tier: Tier::Labelled,
        what: "number plate of any country behind its label",
        shape: Shape::Value(value::plate),
        context: &[
            "license plate",
            "licence plate",
            "number plate",
            "plate number",
            "plate no",
            "plate",
            "plaque d'immatriculation",
            "immatriculation",
            "plaque",
            "matrícula",
            "matricula",
            "placa",
            "targa",
            "kenteken",
            "registreringsnummer",
            "tablica rejestracyjna",
            "nr rejestracyjny",
            "rejestracyjny",
            "номер авто",
            "госномер",
            "车牌",
            "车牌号",
            "ナンバープレート",
            "rendszám",
            "spz",
            "plaka",
            "kennzeichen",
            "автономер",
            "רישוי",
            "rekisterinumero",
        ],
        against: &[],
        examples: &["license plate [7ABC123]", "immatriculation [AB-123-CD]", "placa [ABC1D23]"],
        counter_examples: &["7ABC123", "plate: steel", "the plate is 12 mm"],
    },
    Detector {
        entity: "IMEI",
        tier: Tier::Checked,
        what: "number of a mobile telephone",
        shape: Shape::Masks(
            &[
                labelled("###############"),
                labelled("##-######-######-#"),
                labelled("## ###### ###### #"),
                labelled("##-######-######-##"),
            ],
            |n| n.len() == 16 || luhn(n),
        ),
        context: &["imei", "device id", "imei number", "serial"],
        against: &[],
        examples: &["IMEI [490154203237518]", "imei: [49-015420-323751-8]"],
        counter_examples: &["490154203237518", "IMEI 490154203237519"],
    },
    Detector {
        entity: "ICCID",
        tier: Tier::Checked,
        what: "number of a SIM card",
        shape: Shape::Masks(&[labelled("####################"), labelled("###################")], icc),
        context: &["iccid", "sim", "sim card", "sim number", "icc"],
        against: &[],
        examples: &["ICCID [8944500102198304826]"],
        counter_examples: &["8944500102198304826"],
    },
    Detector {
        entity: "IMSI",
        tier: Tier::Labelled,
        what: "number of a mobile subscriber",
        shape: Shape::Masks(&[labelled("###############"), labelled("##############")], |n| {
            matches!(checksum::number(n, 0..3), Some(200..=799))
        }),
        context: &["imsi", "subscriber identity"],
        against: &[],
        examples: &["IMSI [310150123456789]"],
        counter_examples: &["310150123456789"],
    },
    Detector {
        entity: "ADVERTISING_ID",
        tier: Tier::Labelled,
        what: "advertising identifier of a device",
        shape: Shape::Masks(&[labelled("********-****-****-****-************")], |n| {
            n.iter().all(u8::is_ascii_hexdigit) && !checksum::all_same(n)
        }),
        context: &[
            "idfa",
            "gaid",
            "aaid",
            "advertising id",
            "advertising identifier",
            "ad id",
            "idfv",
            "android id",
            "device id",
        ],
        against: &[],
        examples: &["IDFA: [6D92078A-8246-4BA4-AE5B-76104861E7DC]"],
        counter_examples: &[
            "6D92078A-8246-4BA4-AE5B-76104861E7DC",
            "advertising id 00000000-0000-0000-0000-000000000000",
        ],
    },
    Detector {
        entity: "GEO_COORD",
        tier: Tier::Checked,
        what: "latitude and longitude",
        shape: Shape::Coordinates,
        context: &[
            "lat",
            "lng",
            "lon",
            "latitude",
            "longitude",
            "gps",
            "coordinates",
            "coords",
            "location",
            "geo",
            "position",
            "koordinaten",
            "breitengrad",
            "längengrad",
            "coordonnées",
            "coordenadas",
            "ubicación",
            "coordinate",
            "координаты",
            "坐标",
            "座標",
            "좌표",
            "latlng",
            "standort",
        ],
        against: &[],
        examples: &["GPS: [40.712776, -74.005974]", "meet at [40.7128° N, 74.0060° W]", "\"lat\": [52.520008], x"],
        counter_examples: &["[0.1234, -0.5678, 0.9012]", "40.712776, -74.005974", "loss 0.1234 0.2345"],
    },
];
